//! From a text to an expression that may be evaluated: it parses, names only what there is, and its work is bounded.
//! What could only fail for every request is an error of the config and not a surprise at night.

use cel::Env;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators,
};
use cel::{ParseError, ParseErrors};

use crate::decide::when::Fault;
use crate::limits;

/// Counts the steps of a loop. No text can name it.
pub(super) const BUDGET: &str = "@budget";

/// The fields of `request`, and what each needs to be known.
const FIELDS: [(&str, Uses); 11] = [
    ("agent", Uses::NOTHING),
    ("dialect", Uses::FINDING),
    ("effect", Uses::FINDING),
    ("headers", Uses::HEADERS),
    ("host", Uses::NOTHING),
    ("method", Uses::METHOD),
    ("operation", Uses::FINDING),
    ("path", Uses::NOTHING),
    ("port", Uses::NOTHING),
    ("query", Uses::QUERY),
    ("scheme", Uses::NOTHING),
];

/// Functions that may be called, beside operators and macros.
const FUNCTIONS: [&str; 9] =
    ["bool", "contains", "double", "endsWith", "int", "size", "startsWith", "string", "uint"];

const OPERATORS: [&str; 18] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
];

/// What an expression asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses(u8);

impl Uses {
    const NOTHING: Uses = Uses(0);
    pub(super) const BODY: Uses = Uses(1);
    pub(super) const FINDING: Uses = Uses(2);
    pub(super) const HEADERS: Uses = Uses(4);
    pub(super) const METHOD: Uses = Uses(8);
    pub(super) const QUERY: Uses = Uses(16);

    pub(super) fn contains(self, other: Uses) -> bool {
        self.0 & other.0 == other.0
    }

    fn add(&mut self, other: Uses) {
        self.0 |= other.0;
    }
}

/// An expression that was found good.
pub(super) struct Checked {
    pub(super) expression: IdedExpr,
    pub(super) uses: Uses,
}

/// Parses and checks. Both descend by recursion: the caller gives the stack.
pub(super) fn compile(text: &str) -> Result<Checked, Fault> {
    let parser = Env::stdlib().with_optional_support(false).parser();
    let parser = parser.max_recursion_depth(limits::WHEN_DEPTH_MAX);
    let (mut expression, source) =
        parser.parse_with_source_info(text).map_err(|errors| fault_of(text, &errors))?;
    let mut walk = Walk { source: &source, uses: Uses::NOTHING, names: Vec::new(), depth: 0, loops: 0 };
    walk.expression(&mut expression)?;
    walk.is_question(&expression)?;
    let uses = walk.uses;
    Ok(Checked { expression, uses })
}

/// The first error of the parser, which comes before all that follow from it.
fn fault_of(text: &str, errors: &ParseErrors) -> Fault {
    let Some(ParseError { pos: (line, column), msg, .. }) = errors.errors.first() else {
        return Fault { at: None, what: "it is no CEL expression".to_owned() };
    };
    let what = msg.strip_prefix("Syntax error: ").unwrap_or(msg);
    // The lists of everything that could have stood there instead help nobody.
    let what = what.split(" expecting {").next().unwrap_or(what).chars().take(200).collect::<String>();
    let at = usize::try_from(*line).ok().zip(usize::try_from(*column).ok()).and_then(|(line, column)| {
        let before: usize =
            text.split_inclusive('\n').take(line.checked_sub(1)?).map(|l| l.chars().count()).sum();
        Some(before + column.checked_sub(1)?)
    });
    Fault { at, what: what.replace('\n', " ") }
}

struct Walk<'s> {
    source: &'s SourceInfo,
    uses: Uses,
    /// Variables of the loops around.
    names: Vec<String>,
    depth: usize,
    loops: usize,
}

impl Walk<'_> {
    fn fault<T>(&self, id: u64, what: impl Into<String>) -> Result<T, Fault> {
        let at = self.source.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok());
        Err(Fault { at, what: what.into() })
    }

    /// One node, and all below it.
    fn expression(&mut self, node: &mut IdedExpr) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > usize::from(limits::WHEN_DEPTH_MAX) {
            return self.fault(node.id, "it is nested too deeply");
        }
        let id = node.id;
        match &mut node.expr {
            Expr::Literal(_) => {}
            Expr::Ident(name) => self.name(id, name)?,
            Expr::Select(select) => {
                if matches!(&select.operand.expr, Expr::Ident(name) if name == "request") {
                    self.field(id, &select.field)?;
                } else {
                    self.expression(&mut select.operand)?;
                }
            }
            Expr::Call(call) => self.call(id, call)?,
            Expr::List(list) => {
                list.elements.iter_mut().try_for_each(|element| self.expression(element))?;
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    let EntryExpr::MapEntry(entry) = &mut entry.expr else {
                        return self.fault(id, "a message cannot be made here");
                    };
                    self.expression(&mut entry.key)?;
                    self.expression(&mut entry.value)?;
                }
            }
            Expr::Comprehension(comprehension) => self.each(id, comprehension)?,
            Expr::Struct(_) | Expr::Unspecified => return self.fault(id, "a message cannot be made here"),
        }
        self.depth -= 1;
        Ok(())
    }

    fn name(&mut self, id: u64, name: &str) -> Result<(), Fault> {
        match name {
            // Only a macro can have written it.
            "@result" => Ok(()),
            _ if self.names.iter().any(|known| known == name) => Ok(()),
            "body" => {
                self.uses.add(Uses::BODY);
                Ok(())
            }
            "request" => self.fault(id, format!("`request` stands with one of its fields: {}", fields())),
            _ => self.fault(id, format!("there is no `{name}` here, only `request` and `body`")),
        }
    }

    fn field(&mut self, id: u64, field: &str) -> Result<(), Fault> {
        match FIELDS.iter().find(|(known, _)| *known == field) {
            Some((_, uses)) => {
                self.uses.add(*uses);
                Ok(())
            }
            None => self.fault(id, format!("`request` has no `{field}`; it has {}", fields())),
        }
    }

    fn call(&mut self, id: u64, call: &mut CallExpr) -> Result<(), Fault> {
        let name = call.func_name.as_str();
        let known =
            FUNCTIONS.contains(&name) || OPERATORS.contains(&name) || name == operators::NOT_STRICTLY_FALSE;
        if !known {
            let known = FUNCTIONS.join(", ");
            return self.fault(
                id,
                format!(
                    "there is no function `{name}` here; there are has, all, exists, exists_one, {known}"
                ),
            );
        }
        if let Some(target) = &mut call.target {
            self.expression(target)?;
        }
        call.args.iter_mut().try_for_each(|argument| self.expression(argument))
    }

    /// `all`, `exists`, `exists_one`: each step is counted. `map` and `filter` would build lists as long as the
    /// agent likes.
    fn each(&mut self, id: u64, each: &mut ComprehensionExpr) -> Result<(), Fault> {
        if matches!(each.accu_init.expr, Expr::List(_)) {
            return self.fault(id, "`map` and `filter` are not taken; ask with all, exists or exists_one");
        }
        if matches!(each.iter_var.as_str(), "body" | "request") {
            return self.fault(id, format!("`{}` means something already", each.iter_var));
        }
        self.loops += 1;
        if self.loops > limits::WHEN_LOOPS_MAX {
            return self
                .fault(id, format!("loops stand in each other more than {} deep", limits::WHEN_LOOPS_MAX));
        }
        self.expression(&mut each.iter_range)?;
        self.names.push(each.iter_var.clone());
        for part in [&mut each.accu_init, &mut each.loop_cond, &mut each.loop_step, &mut each.result] {
            self.expression(part)?;
        }
        self.names.pop();
        self.loops -= 1;
        each.loop_cond = counted(std::mem::take(&mut each.loop_cond));
        Ok(())
    }

    /// The whole must be able to be true or false.
    fn is_question(&self, whole: &IdedExpr) -> Result<(), Fault> {
        match &whole.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Ok(()),
            Expr::Literal(_) | Expr::List(_) | Expr::Map(_) => {
                self.fault(whole.id, "it is neither true nor false")
            }
            _ => Ok(()),
        }
    }
}

fn fields() -> String {
    FIELDS.map(|(name, _)| name).join(", ")
}

/// `@budget() && condition`
fn counted(condition: IdedExpr) -> IdedExpr {
    let id = condition.id;
    let call = |func_name: &str, args| IdedExpr {
        id,
        expr: Expr::Call(CallExpr { func_name: func_name.to_owned(), target: None, args }),
    };
    call(operators::LOGICAL_AND, vec![call(BUDGET, Vec::new()), condition])
}
