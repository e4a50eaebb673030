//! An HTTP service over one store: `PUT /cities/oslo`, `GET /cities/oslo`, `GET /cities?from=n`.
//!
//! A `Database` is one handle that clones share, so it is the state of the router. Its calls block, as they wait for the
//! disk: `on_store` runs them where blocking is allowed.
//!
//! `cargo run -p server` starts the service on a free port, asks it itself, checks the answers, and ends.

mod check;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use quantadb::{Database, Engine, ErrorKind, Options, QuantaEntity};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(QuantaEntity, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[quanta(table = "cities")]
struct City {
    #[quanta(id)]
    name: String,
    people: u64,
}

/// What a client is told if a call fails.
enum Failure {
    Store(quantadb::Error),
    NotFound,
    Wrong(&'static str),
    /// The task that ran the call panicked.
    Panicked,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, problem) = match self {
            Self::Wrong(problem) => (StatusCode::BAD_REQUEST, problem.to_owned()),
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such city".to_owned()),
            Self::Store(error) => match error.kind() {
                ErrorKind::KeyExists | ErrorKind::NotUnique => (StatusCode::CONFLICT, error.to_string()),
                ErrorKind::Value | ErrorKind::TooLarge => (StatusCode::BAD_REQUEST, error.to_string()),
                // What is wrong with the disk is nothing for a client.
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "the store failed".to_owned()),
            },
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "the service failed".to_owned()),
        };
        (status, problem).into_response()
    }
}

/// Runs a call of the store where it may block: on a thread that no other request waits for.
async fn on_store<T: Send + 'static>(
    db: Database,
    call: impl FnOnce(&Database) -> quantadb::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let called = tokio::task::spawn_blocking(move || call(&db)).await;
    called.map_err(|_| Failure::Panicked)?.map_err(Failure::Store)
}

async fn put_city(
    State(db): State<Database>,
    Path(name): Path<String>,
    Json(city): Json<City>,
) -> Result<StatusCode, Failure> {
    if city.name != name {
        return Err(Failure::Wrong("the path names another city than the body"));
    }
    // The answer is sent when the row is on the disk.
    on_store(db, move |db| db.collection::<City>().put(&city)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn get_city(State(db): State<Database>, Path(name): Path<String>) -> Result<Json<City>, Failure> {
    let city = on_store(db, move |db| db.collection::<City>().get(name.as_str())).await?;
    city.map(Json).ok_or(Failure::NotFound)
}

/// Cities on one page.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: String,
}

async fn list_cities(
    State(db): State<Database>,
    Query(page): Query<From>,
) -> Result<Json<Vec<City>>, Failure> {
    let cities = on_store(db, move |db| {
        db.collection::<City>().range(page.from..).take(PAGE).collect()
    });
    Ok(Json(cities.await?))
}

fn router(db: Database) -> Router {
    Router::new()
        .route("/cities", get(list_cities))
        .route("/cities/{name}", get(get_city).put(put_city))
        .with_state(db)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // On disk it is one call: Database::open("cities.quanta")
    let db = Options::new()
        .engine(Engine::memory())
        .entities::<(City,)>()
        .open("cities.quanta")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router(db.clone()));
    let asked = tokio::task::spawn_blocking(move || check::run(address, &db));
    tokio::select! {
        ended = server => Err(format!("the service ended by itself: {ended:?}").into()),
        asked = asked => asked?,
    }
}
