use std::future::Future;

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::*;

/// With a scanner that does its part, however busy the machine is.
const LONG: Patience = Patience {
    connect: Duration::from_mins(1),
    write: Duration::from_mins(1),
    answer: Duration::from_mins(1),
};
/// With what is never done.
const SHORT: Duration = Duration::from_millis(500);

/// A scanner on a real socket, which does this with its one connection once it has read the command.
async fn speaker<F, D>(does: F) -> (Scanner, JoinHandle<D::Output>)
where
    F: FnOnce(BufReader<TcpStream>, Vec<u8>) -> D + Send + 'static,
    D: Future<Output: Send + 'static> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
    let speaking = tokio::spawn(async move {
        let mut wire = BufReader::new(listener.accept().await.unwrap().0);
        let mut command = Vec::new();
        wire.read_until(0, &mut command).await.unwrap();
        does(wire, command).await
    });
    (Scanner::new(address).with_patience(LONG), speaking)
}

/// Reads chunks up to the empty one; returns their lengths and what was in them.
async fn take_file(wire: &mut BufReader<TcpStream>) -> (Vec<usize>, Vec<u8>) {
    let (mut lengths, mut file) = (Vec::new(), Vec::new());
    loop {
        let length = wire.read_u32().await.unwrap() as usize;
        if length == 0 {
            return (lengths, file);
        }
        let mut chunk = vec![0; length];
        wire.read_exact(&mut chunk).await.unwrap();
        lengths.push(length);
        file.extend(chunk);
    }
}

/// What is made of a scanner that takes the whole of a file and says this.
async fn said(answer: &'static [u8]) -> Result<Verdict, Unchecked> {
    let (scanner, speaking) = speaker(move |mut wire, command| async move {
        assert_eq!(command, b"zINSTREAM\0");
        take_file(&mut wire).await;
        wire.write_all(answer).await.unwrap();
    })
    .await;
    let verdict = scan(&scanner, b"a file").await;
    speaking.await.unwrap();
    verdict
}

async fn scan(scanner: &Scanner, file: &[u8]) -> Result<Verdict, Unchecked> {
    let mut scan = scanner.begin().await?;
    scan.push(file).await?;
    scan.finish().await
}

#[tokio::test]
async fn a_file_is_sent_whole_in_bounded_chunks() {
    let (scanner, speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        let taken = take_file(&mut wire).await;
        wire.write_all(b"stream: OK\0").await.unwrap();
        taken
    })
    .await;
    let mut scan = scanner.begin().await.unwrap();
    let pieces = [vec![1; 200_000], Vec::new(), vec![2; 3], vec![3; CHUNK]];
    for piece in &pieces {
        scan.push(piece).await.unwrap();
    }
    assert_eq!(scan.finish().await, Ok(Verdict::Clean));
    let (lengths, file) = speaking.await.unwrap();
    assert!(file == pieces.concat());
    assert_eq!(lengths, [CHUNK, CHUNK, CHUNK, 200_000 - 3 * CHUNK, 3, CHUNK]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_scanner_may_listen_on_a_socket_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner.socket");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let speaking = tokio::spawn(async move {
        let (mut wire, _) = listener.accept().await.unwrap();
        let mut command = [0; 6];
        wire.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"zPING\0");
        wire.write_all(b"PONG\0").await.unwrap();
    });
    let address: Address = format!("unix:{}", path.display()).parse().unwrap();
    Scanner::new(address).ping().await.unwrap();
    speaking.await.unwrap();
}

#[tokio::test]
async fn only_an_exact_ok_is_clean() {
    assert_eq!(said(b"stream: OK\0").await, Ok(Verdict::Clean));
    for (answer, why) in [
        (&b"stream: OK"[..], Unchecked::HungUp),
        (b"", Unchecked::HungUp),
        (b"stream: OK\n\0", Unchecked::Nonsense),
        (b"stream: OK\0stream: OK\0", Unchecked::Nonsense),
        (b"stream: ok\0", Unchecked::Nonsense),
        (b" stream: OK\0", Unchecked::Nonsense),
        (b"OK\0", Unchecked::Nonsense),
        (b"PONG\0", Unchecked::Nonsense),
        (b"\0", Unchecked::Nonsense),
        (b"HTTP/1.1 200 OK\r\n\r\n\0", Unchecked::Nonsense),
        (b"INSTREAM size limit exceeded. ERROR\0", Unchecked::TooLong),
        (b"stream: Can't allocate memory ERROR\0", Unchecked::Failed("stream: Cant allocate memory".into())),
        (b"stream: Eicar FOUND ERROR\0", Unchecked::Failed("stream: Eicar FOUND".into())),
    ] {
        assert_eq!(said(answer).await, Err(why), "{:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn what_was_found_is_named_in_harmless_words() {
    let infected = |name: &str| Ok(Verdict::Infected(name.to_owned()));
    assert_eq!(said(b"stream: Win.Test.EICAR_HDB-1 FOUND\0").await, infected("Win.Test.EICAR_HDB-1"));
    let script = b"stream: <b>Evil</b>\r\n\x1b[2J\xe2\x80\xae\xff, really FOUND\0";
    assert_eq!(said(script).await, infected("bEvil/b2Jreally"));
    assert_eq!(said(b"stream: \xf0\x9f\x98\x88 FOUND\0").await, infected("unnamed"));
    let long = [&b"stream: "[..], &[b'x'; 500], b" FOUND\0"].concat();
    assert_eq!(said(long.leak()).await, infected(&"x".repeat(MAX_NAME)));
}

#[tokio::test]
async fn an_answer_has_a_bound() {
    let (scanner, _speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        take_file(&mut wire).await;
        // Until it is hung up on.
        while wire.write_all(&[b'x'; 100]).await.is_ok() {}
    })
    .await;
    assert_eq!(scan(&scanner, b"a file").await, Err(Unchecked::Nonsense));
}

#[tokio::test]
async fn a_scanner_that_says_nothing_is_given_up_on() {
    let (scanner, _speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        take_file(&mut wire).await;
        std::future::pending::<()>().await;
    })
    .await;
    let scanner = scanner.with_patience(Patience { answer: SHORT, ..LONG });
    assert_eq!(scan(&scanner, b"a file").await, Err(Unchecked::TimedOut("answer")));

    // One that takes nothing, so that what is sent piles up.
    let (scanner, _speaking) = speaker(async |wire: BufReader<TcpStream>, _| {
        std::future::pending::<()>().await;
        drop(wire);
    })
    .await;
    let scanner = scanner.with_patience(Patience { write: SHORT, ..LONG });
    assert_eq!(scan(&scanner, &vec![0; 64 << 20]).await, Err(Unchecked::TimedOut("take the file")));

    // One that says a byte now and then: the answer as a whole has its time.
    let (scanner, _speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        take_file(&mut wire).await;
        for byte in b"stream: OK\0" {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let _ = wire.write_all(&[*byte]).await;
        }
    })
    .await;
    let scanner = scanner.with_patience(Patience { answer: SHORT, ..LONG });
    assert_eq!(scan(&scanner, b"a file").await, Err(Unchecked::TimedOut("answer")));
}

#[tokio::test]
async fn a_scanner_that_hangs_up_has_found_nothing_clean() {
    let (scanner, speaking) = speaker(async |wire: BufReader<TcpStream>, _| drop(wire)).await;
    assert_eq!(scan(&scanner, &vec![0; 4 << 20]).await, Err(Unchecked::HungUp));
    speaking.await.unwrap();

    let (scanner, speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        take_file(&mut wire).await;
    })
    .await;
    assert_eq!(scan(&scanner, b"a file").await, Err(Unchecked::HungUp));
    speaking.await.unwrap();
}

/// A scanner that says this after a little of the file and hangs up, as clamd does beyond its longest stream.
async fn interrupted(answer: &'static [u8]) -> (Scanner, JoinHandle<()>) {
    speaker(move |mut wire, _| async move {
        wire.read_u32().await.unwrap();
        wire.write_all(answer).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn what_it_says_before_it_has_everything_is_heard() {
    let long = vec![0; 16 << 20];
    let (scanner, _speaking) = interrupted(b"INSTREAM size limit exceeded. ERROR\0").await;
    let mut begun = scanner.begin().await.unwrap();
    assert_eq!(begun.push(&long).await, Err(Unchecked::TooLong));
    // Whoever goes on all the same is told the same.
    assert_eq!(begun.push(b"more").await, Err(Unchecked::TooLong));
    assert_eq!(begun.finish().await, Err(Unchecked::TooLong));

    let (scanner, _speaking) = interrupted(b"stream: Eicar FOUND\0").await;
    assert_eq!(scan(&scanner, &long).await, Ok(Verdict::Infected("Eicar".into())));
}

#[tokio::test]
async fn clean_is_not_believed_of_a_file_that_was_not_read() {
    let (scanner, _speaking) = interrupted(b"stream: OK\0").await;
    assert_eq!(scan(&scanner, &vec![0; 16 << 20]).await, Err(Unchecked::Nonsense));

    // It says so while the last piece is on its way, and stays.
    let (says, said) = tokio::sync::oneshot::channel();
    let (scanner, _speaking) = speaker(move |mut wire, _| async move {
        wire.write_all(b"stream: OK\0").await.unwrap();
        says.send(()).unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let mut scan = scanner.begin().await.unwrap();
    scan.push(b"a file").await.unwrap();
    said.await.unwrap();
    // Until what was said is known of here.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(scan.finish().await, Err(Unchecked::Nonsense));
}

#[tokio::test]
async fn whether_it_is_there_can_be_asked() {
    let (scanner, speaking) = speaker(async |mut wire: BufReader<TcpStream>, command| {
        wire.write_all(b"PONG\0").await.unwrap();
        command
    })
    .await;
    assert_eq!(scanner.ping().await, Ok(()));
    assert_eq!(speaking.await.unwrap(), b"zPING\0");
    let (scanner, _speaking) = speaker(async |mut wire: BufReader<TcpStream>, _| {
        wire.write_all(b"stream: OK\0").await.unwrap();
    })
    .await;
    assert_eq!(scanner.ping().await, Err(Unchecked::Nonsense));

    // Nobody listens on port 9 of this machine.
    let address: Address = "tcp://127.0.0.1:9".parse().unwrap();
    let refused = Unchecked::Unreached(io::ErrorKind::ConnectionRefused);
    assert_eq!(Scanner::new(address.clone()).ping().await, Err(refused.clone()));
    assert_eq!(Scanner::new(address).begin().await.unwrap_err(), refused);
}

#[test]
fn an_address_is_a_host_and_port_or_a_path() {
    for address in
        ["tcp://localhost:3310", "tcp://192.0.2.7:3310", "tcp://[::1]:3310", "unix:/run/clamav/clamd.ctl"]
    {
        assert_eq!(address.parse::<Address>().unwrap().to_string(), address);
    }
    for bad in [
        "",
        "localhost:3310",
        "tcp://localhost",
        "tcp://:3310",
        "tcp://localhost:0",
        "tcp://localhost:66000",
        "tcp://::1:3310",
        "tcp://a/b:3310",
        "tcp://user@host:3310",
        "unix:clamd.ctl",
        "unix:",
        "http://localhost:3310",
    ] {
        assert_eq!(bad.parse::<Address>(), Err(BadAddress), "{bad}");
    }
}

/// Run by `tests/clamav/try.sh`, which starts clamd with a signature of the EICAR test file and streams of a mebibyte.
#[tokio::test]
#[ignore = "needs ClamAV: tests/clamav/try.sh"]
async fn clamd_is_understood() {
    let address: Address = std::env::var("CLAMD").expect("the address of clamd").parse().unwrap();
    let scanner = Scanner::new(address.clone());
    scanner.ping().await.unwrap();
    assert_eq!(scan(&scanner, b"Nothing but a letter.").await, Ok(Verdict::Clean));
    assert_eq!(scan(&scanner, b"").await, Ok(Verdict::Clean));

    // The test file that every scanner knows, put together here so that no scanner takes this one for it.
    let eicar = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EIC", r"AR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat();
    let found = scan(&scanner, eicar.as_bytes()).await.unwrap();
    println!("{address}: {found:?}");
    assert!(matches!(&found, Verdict::Infected(name) if name.contains("Eicar")), "{found:?}");
    let mut split = scanner.begin().await.unwrap();
    for byte in eicar.as_bytes() {
        split.push(&[*byte]).await.unwrap();
    }
    assert_eq!(split.finish().await, Ok(found));

    let longest = vec![b'x'; 1 << 20];
    assert_eq!(scan(&scanner, &longest).await, Ok(Verdict::Clean));
    for length in [(1 << 20) + 1, 3 << 20, 40 << 20] {
        assert_eq!(scan(&scanner, &vec![b'x'; length]).await, Err(Unchecked::TooLong), "{length} bytes");
    }
}
