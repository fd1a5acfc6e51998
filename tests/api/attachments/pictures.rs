//! Pictures: drawn anew, so that nothing but the picture is left of them.

use serde_json::json;

use super::{SEEN, TestService, text};

/// A picture of one colour as PNG, with a text in it as cameras and programs leave them.
pub(super) fn png(side: u32) -> Vec<u8> {
    // One row after another, each with the filter that is none.
    png_of(side, 8, &vec![0; (side as usize + 1) * side as usize])
}

/// A picture of so many bits a pixel, of these rows.
fn png_of(side: u32, depth: u8, rows: &[u8]) -> Vec<u8> {
    fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let mut whole = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
        whole.extend_from_slice(&kind);
        whole.extend_from_slice(content);
        whole.extend_from_slice(&crc(&whole[4..]).to_be_bytes());
        whole
    }
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        })
    }
    let head = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[depth, 0, 0, 0, 0]].concat();
    // As deflate blocks that are stored as they are.
    let mut packed = vec![0x78, 0x01];
    let blocks: Vec<_> = rows.chunks(65_535).collect();
    for (at, block) in blocks.iter().enumerate() {
        packed.push(u8::from(at + 1 == blocks.len()));
        let length = u16::try_from(block.len()).unwrap();
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    packed.extend_from_slice(&(b << 16 | a).to_be_bytes());
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &head),
        chunk(*b"tEXt", b"Comment\0Taken at Gartenweg 3 by M. Muster"),
        chunk(*b"IDAT", &packed),
        chunk(*b"IEND", b""),
        b"Gartenweg after the end".to_vec(),
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_tells_nothing_but_itself() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let picture = png(300);
    let upload = service.anybody().sends_file(document, "me.jpeg", &picture).await;
    let sent = service.anybody().submits_with(document, "A picture.", &[&upload]).await;
    let moderator = service.moderator(document).await;
    let seen = moderator.data(SEEN, json!({ "id": sent["submission"]["id"] })).await;
    let seen = &seen["node"]["attachments"][0];
    assert_eq!(seen["mediaType"], "image/png", "whatever it was called");
    let got = moderator.get(&text(&seen["url"])).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "image/png");
    let got = got.bytes().await.unwrap();
    assert_eq!(seen["bytes"], json!(got.len()));
    assert!(got.starts_with(b"\x89PNG\r\n\x1a\n") && got[16..24] == picture[16..24], "of the same size");
    assert!(!got.windows(9).any(|window| window == b"Gartenweg"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_is_none_or_a_bomb_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.png", 2_000_000).await;
    let mut bomb = png(10);
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    for bad in [bomb, png(10)[..60].to_vec()] {
        let (status, answer) = reader.sends(&upload, bad).await;
        assert_eq!(status, 415, "{answer:#}");
    }
    assert_eq!(service.files().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_grows_needs_room_for_what_it_becomes() {
    let service = TestService::with(&["--no-worker", "--waiting-files-mib", "1"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    // Noise in black and white, which takes more as shades of grey.
    let (side, mut state) = (1_600_u32, 1_u32);
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let rows: Vec<u8> =
        (0..side).flat_map(|_| [vec![0], (0..side / 8).map(|_| noise()).collect()].concat()).collect();
    let grows = png_of(side, 1, &rows);
    let fits = 1024 * 1024 - grows.len() - 1_000;
    reader.sends_file(document, "a.txt", &vec![b'a'; fits]).await;
    let upload = reader.announces(document, "a.png", grows.len()).await;
    let (status, answer) = reader.sends(&upload, grows.clone()).await;
    assert_eq!(status, 503, "{answer:#}");
    assert_eq!(service.files().len(), 1);
}
