//! JSON as editors and shells write it.

use std::borrow::Cow;

/// JSON without a byte-order mark, in UTF-8 whatever it was in.
pub fn json_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|&b| unit(b)).collect();
        String::from_utf16_lossy(&units).into_bytes()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.into(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes).into(),
        bytes => bytes.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_does_no_harm() {
        let read = |bytes: &[u8]| serde_json::from_slice::<u8>(&json_text(bytes)).unwrap();
        assert_eq!(read(b"7"), 7);
        assert_eq!(read(b"\xef\xbb\xbf7"), 7);
        assert_eq!(read(b"\xff\xfe7\0"), 7);
        assert_eq!(read(b"\xfe\xff\x007"), 7);
    }
}
