//! A relay that holds every reply back.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Starts a relay in front of a server which, like that of the live tests, answers one
/// request per connection; gives the relay's port.
pub(crate) fn relay(upstream: u16, delay: Duration) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
    let port = listener.local_addr().expect("a port").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || {
                // An error here shows as a request without an answer in the figures.
                let _ = pass_on(&client, upstream, delay);
                // The thread that reads requests still holds the connection open.
                client.shutdown(Shutdown::Both)
            });
        }
    });
    port
}

fn pass_on(mut client: &TcpStream, upstream: u16, delay: Duration) -> io::Result<()> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream))?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || io::copy(&mut from_client, &mut to_server));
    let mut reply = Vec::new();
    server.read_to_end(&mut reply)?;
    thread::sleep(delay);
    client.write_all(&reply)
}
