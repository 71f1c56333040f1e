//! What the gateway has accepted is there after any end of its process, and after any failure of its disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::process::{CROPS, Client, Gateway, command, free_port};
use crate::common::{SECRET, crop};
use liveness_protocol::ErrorCode;

const CLIENTS: usize = 24;
/// At least, and then until some checks have been cut off.
const KILLS: usize = 12;
const MOST_KILLS: usize = 60;
/// Of all clients together, at least.
const SESSIONS: usize = 200;

/// With the reason in the log, before anything is listened on.
#[test]
fn a_database_that_cannot_work_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("text"), "no database, but as long as one. ".repeat(99))
        .unwrap();
    for (file, secret, status, reason) in [
        ("sessions.db", "", 2, "set LIVENESS_SECRET"),
        ("missing/sessions.db", SECRET, 1, "cannot be opened"),
        ("text", SECRET, 1, "is not a database"),
    ] {
        let refused = command(env!("CARGO_BIN_EXE_liveness-gateway"))
            .args(["--listen", "127.0.0.1:0", "--database"])
            .arg(dir.path().join(file))
            .env("LIVENESS_SECRET", secret)
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(status), "{file}: {log}");
        assert!(log.contains(reason) && !log.contains("listening"), "{log}");
    }
}

/// Sessions are uploaded and completed while the gateway is killed and started again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_accepted_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db").to_string_lossy().into_owned();
    let port = free_port();
    let mut gateway = Gateway::start(port, &database, "");
    let client = Client::of(&[port]);
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, over) = (client.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut decided = Vec::new();
                while !over.load(Ordering::SeqCst) || decided.len() < SESSIONS.div_ceil(CLIENTS) {
                    let session = client.open().await;
                    let verdict = session.check(number as u8).await;
                    decided.push((session, verdict));
                }
                decided
            })
        })
        .collect();

    let mut random = fastrand::Rng::new();
    let (mut kills, mut cut_off) = (0, 0);
    while kills < KILLS || (cut_off == 0 && kills < MOST_KILLS) {
        kills += 1;
        tokio::time::sleep(Duration::from_millis(random.u64(300..1500))).await;
        drop(gateway);
        gateway = Gateway::start(port, &database, "");
        cut_off += gateway.logged("were cut off");
    }
    over.store(true, Ordering::SeqCst);
    let mut decided = Vec::new();
    for client in clients {
        decided.extend(client.await.unwrap());
    }
    assert!(decided.len() >= SESSIONS);
    assert!(cut_off > 0, "no check was under way at any of {kills} kills");
    drop(gateway);
    let gateway = Gateway::start(port, &database, "");
    for (session, verdict) in &decided {
        assert_eq!(session.get().await["verdict"], *verdict, "what the back end reads");
        assert_eq!(session.complete().await, *verdict, "what a client gets that asks again");
    }
    assert_eq!(gateway.logged("database does not work"), 0);
    let repeated = client.repeated.load(Ordering::SeqCst);
    assert!(repeated > 0, "the kills were noticed");
    println!(
        "{kills} kills, {CLIENTS} clients: {} verdicts, {repeated} requests repeated, checks cut off in {cut_off} kills",
        decided.len()
    );
}

/// A file that may not grow any more: a typed answer, one line in the log, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_takes_no_more_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db").to_string_lossy().into_owned();
    let port = free_port();
    // In blocks of 512 bytes. Left alone, the signal that comes with it ends the process.
    let gateway = Gateway::start(port, &database, "ulimit -f 1500;");
    let client = Client::of(&[port]);
    let decided = client.open().await;
    let verdict = decided.check(0).await;
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    'sessions: loop {
        let session = client.open().await;
        let mut received = Vec::new();
        for index in 0..CROPS {
            let crop = noise(accepted.len() * 10 + index as usize);
            let (status, answer) =
                client.until_answered(|| session.put_once(index, crop.clone())).await;
            match status {
                201 => received.push(index),
                _ => refused.push((status, answer)),
            }
            if refused.len() > 4 {
                accepted.push((session, received));
                break 'sessions;
            }
        }
        accepted.push((session, received));
        assert!(accepted.len() < 100, "the limit is not felt");
    }
    for (status, answer) in &refused {
        let text = answer.to_string();
        let fits = [ErrorCode::InternalError, ErrorCode::TooManySessions];
        assert!(
            fits.iter().any(|fit| fit.status() == *status && text.contains(fit.as_str())),
            "{status} {text}"
        );
    }
    assert_eq!(
        gateway.logged("the database does not work"),
        1,
        "{:?}",
        gateway.log.lock().unwrap()
    );

    let check = async || {
        assert_eq!(decided.get().await["verdict"], verdict);
        for (session, received) in &accepted {
            let missing: Vec<u32> =
                serde_json::from_value(session.get().await["missing"].clone()).unwrap();
            assert!(received.iter().all(|index| !missing.contains(index)), "{missing:?}");
            assert_eq!(missing.len() + received.len(), CROPS as usize);
        }
    };
    check().await;
    drop(gateway);
    let _gateway = Gateway::start(port, &database, "");
    check().await;
    for (session, received) in &accepted {
        for index in (0..CROPS).filter(|index| !received.contains(index)) {
            let crop = crop(index as u8);
            let put = || session.put_once(index, crop.clone());
            assert_eq!(client.until_answered(put).await.0, 201);
        }
    }
    assert_eq!(decided.complete().await, verdict);
}

/// A crop that does not compress.
fn noise(seed: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed as u64);
    let pixels: Vec<u8> = (0..224 * 224 * 3).map(|_| random.u8(..)).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 224, 224);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    out
}
