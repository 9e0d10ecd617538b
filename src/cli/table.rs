//! Columns, as wide as what stands in them.

use unicode_width::UnicodeWidthStr;

/// A line of titles and one for each row. Every cell is safe to print already.
pub fn table<const N: usize>(titles: &[&str; N], rows: &[[String; N]]) -> String {
    let mut widths = titles.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = line(&titles.map(str::to_owned), &widths);
    rows.iter().for_each(|row| out.push_str(&line(row, &widths)));
    out
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}
