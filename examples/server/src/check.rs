//! Asks the service, and checks what it answers.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use quantadb::Database;

use crate::City;

/// Sends one request, and returns the status and the body of the answer.
fn ask(
    address: SocketAddr,
    request: &str,
    body: &str,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer has no head")?;
    let status = head.split(' ').nth(1).ok_or("the answer has no status")?;
    Ok((status.parse()?, body.to_owned()))
}

/// Asks for everything that the service can do.
///
/// # Errors
///
/// If the service doesn't answer.
pub(crate) fn run(address: SocketAddr, db: &Database) -> Result<(), Box<dyn Error + Send + Sync>> {
    let oslo = r#"{"name":"Oslo","people":717710}"#;
    let rome = r#"{"name":"Rome","people":2746984}"#;
    assert_eq!(ask(address, "GET /cities/Oslo", "")?.0, 404);
    assert_eq!(ask(address, "PUT /cities/Oslo", oslo)?, (204, String::new()));
    assert_eq!(ask(address, "PUT /cities/Rome", rome)?, (204, String::new()));
    assert_eq!(ask(address, "GET /cities/Oslo", "")?, (200, oslo.to_owned()));
    assert_eq!(
        ask(address, "GET /cities", "")?,
        (200, format!("[{oslo},{rome}]"))
    );
    assert_eq!(
        ask(address, "GET /cities?from=P", "")?,
        (200, format!("[{rome}]"))
    );
    assert_eq!(ask(address, "PUT /cities/Oslo", rome)?.0, 400);
    assert_eq!(ask(address, "PUT /cities/Oslo", "{")?.0, 400);
    // A key over its limit is the client's mistake.
    let long = "x".repeat(3000);
    let body = format!(r#"{{"name":"{long}","people":0}}"#);
    assert_eq!(ask(address, &format!("PUT /cities/{long}"), &body)?.0, 400);
    // The service and this thread have one store.
    assert_eq!(db.collection::<City>().len()?, 2);

    let before = db.collection::<City>().len()?;
    let puts: Vec<_> = (0..8)
        .map(|number| {
            std::thread::spawn(move || {
                let body = format!(r#"{{"name":"c{number}","people":{number}}}"#);
                ask(address, &format!("PUT /cities/c{number}"), &body)
            })
        })
        .collect();
    for put in puts {
        let (status, _) = put.join().map_err(|_| "a client panicked")??;
        assert_eq!(status, 204);
    }
    assert_eq!(db.collection::<City>().len()?, before + 8);
    Ok(())
}
