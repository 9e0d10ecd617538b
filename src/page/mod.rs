//! page: the people's side in a browser, on the admin listener's port and never on its socket. The server makes the
//! HTML; a small script of its own keeps it up to date and listens to keys, and without it everything still works.
//!
//! What an agent wrote is made visible by the one rendering and stands in text nodes alone: nothing here has a way to
//! write HTML but the templates, and a browser that is told otherwise all the same runs nothing (CASES AP-13). Nothing
//! changes by GET; a form says which digest in which state it was made of, and where that has changed it decides
//! nothing (CASES AP-14, 15).
//!
//! In the order of a request: `door` lets it in, `login` says who it is, `list` and `detail` show, `decide`, `batch` and `edit` act; `agents` (and
//! what is frozen), `grants`, `history` and `figures` (drawn by `chart`) are the other pages.

mod agents;
mod assets;
mod batch;
mod brake;
mod chart;
mod decide;
mod detail;
mod differ;
mod door;
mod draft;
mod edit;
mod fewer;
mod figures;
mod form;
mod frame;
mod grant;
mod grants;
mod history;
mod lines;
mod list;
mod login;
mod lost;
mod marked;
mod place;
mod question;
mod recent;
mod rows;
mod sections;
mod state;
mod together;
mod whole;
mod words;

#[cfg(test)]
mod checks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::admin::{Office, Pages};
use crate::page::recent::Recent;

/// The page, with its own door before it.
pub fn router(office: Arc<Office>) -> Pages {
    let lost = Router::new()
        .fallback(lost::lost)
        .layer(from_fn_with_state(Arc::clone(&office), door::at_the_door))
        .with_state(Arc::clone(&office));
    Pages { routes: routes(office), lost }
}

fn routes(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(list::list))
        .route("/holds/{id}", get(detail::detail).post(decide::decide))
        .route("/holds/{id}/edit", get(edit::edit).post(edit::look))
        .route("/holds/{id}/edit/put", post(edit::put))
        .route("/batch", post(batch::ask))
        .route("/batch/decide", post(batch::decide))
        .route("/agents", get(agents::agents))
        .route("/freeze", post(brake::freeze))
        .route("/thaw", post(brake::thaw))
        .route("/grants", get(grants::grants))
        .route("/grants/{id}/revoke", post(grants::revoke))
        .route("/history", get(history::history))
        .route("/figures", get(figures::figures))
        .route("/login", get(login::page).post(login::login))
        .route("/logout", post(login::logout))
        .route("/assets/{name}", get(assets::asset))
        .layer(Extension(Arc::new(Recent::default())))
        .layer(from_fn_with_state(Arc::clone(&office), door::at_the_door))
        .with_state(office)
}
