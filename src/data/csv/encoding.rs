//! How characters are stored as bytes, and what to call it.

use encoding_rs as rs;

/// How characters are stored as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    #[default]
    Utf8,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// UTF-32, the lowest byte first.
    Utf32Le,
    /// UTF-32, the highest byte first.
    Utf32Be,
    /// One of those from before Unicode, as the WHATWG's Encoding Standard has them.
    Legacy(&'static rs::Encoding),
}

/// What the older encodings are called on the screen, in the order in which they are offered.
const LEGACY: [(&rs::Encoding, &str); 36] = [
    (rs::WINDOWS_1252, "Windows-1252"),
    (rs::WINDOWS_1250, "Windows-1250 (Central European)"),
    (rs::WINDOWS_1251, "Windows-1251 (Cyrillic)"),
    (rs::WINDOWS_1253, "Windows-1253 (Greek)"),
    (rs::WINDOWS_1254, "Windows-1254 (Turkish)"),
    (rs::WINDOWS_1255, "Windows-1255 (Hebrew)"),
    (rs::WINDOWS_1256, "Windows-1256 (Arabic)"),
    (rs::WINDOWS_1257, "Windows-1257 (Baltic)"),
    (rs::WINDOWS_1258, "Windows-1258 (Vietnamese)"),
    (rs::WINDOWS_874, "Windows-874 (Thai)"),
    (rs::SHIFT_JIS, "Shift-JIS (Japanese)"),
    (rs::EUC_JP, "EUC-JP (Japanese)"),
    (rs::ISO_2022_JP, "ISO-2022-JP (Japanese)"),
    (rs::GBK, "GBK (simplified Chinese)"),
    (rs::GB18030, "GB18030 (simplified Chinese)"),
    (rs::BIG5, "Big5 (traditional Chinese)"),
    (rs::EUC_KR, "EUC-KR (Korean)"),
    (rs::ISO_8859_2, "ISO-8859-2 (Central European)"),
    (rs::ISO_8859_3, "ISO-8859-3 (South European)"),
    (rs::ISO_8859_4, "ISO-8859-4 (North European)"),
    (rs::ISO_8859_5, "ISO-8859-5 (Cyrillic)"),
    (rs::ISO_8859_6, "ISO-8859-6 (Arabic)"),
    (rs::ISO_8859_7, "ISO-8859-7 (Greek)"),
    (rs::ISO_8859_8, "ISO-8859-8 (Hebrew)"),
    (rs::ISO_8859_8_I, "ISO-8859-8-I (Hebrew)"),
    (rs::ISO_8859_10, "ISO-8859-10 (Nordic)"),
    (rs::ISO_8859_13, "ISO-8859-13 (Baltic)"),
    (rs::ISO_8859_14, "ISO-8859-14 (Celtic)"),
    (rs::ISO_8859_15, "ISO-8859-15 (Western European)"),
    (rs::ISO_8859_16, "ISO-8859-16 (Romanian)"),
    (rs::KOI8_R, "KOI8-R (Russian)"),
    (rs::KOI8_U, "KOI8-U (Ukrainian)"),
    (rs::IBM866, "IBM866 (Cyrillic, DOS)"),
    (rs::MACINTOSH, "Macintosh (Western European)"),
    (rs::X_MAC_CYRILLIC, "Macintosh (Cyrillic)"),
    (rs::X_USER_DEFINED, "bytes as they are"),
];

impl Encoding {
    /// Windows-1252, which is Latin-1 with a few more characters.
    pub const WINDOWS_1252: Encoding = Encoding::Legacy(rs::WINDOWS_1252);

    /// Every encoding, in the order in which they are offered.
    pub const ALL: [Encoding; 5 + LEGACY.len()] = {
        let mut all = [Encoding::Utf8; 5 + LEGACY.len()];
        all[1] = Encoding::Utf16Le;
        all[2] = Encoding::Utf16Be;
        all[3] = Encoding::Utf32Le;
        all[4] = Encoding::Utf32Be;
        let mut at = 0;
        while at < LEGACY.len() {
            all[5 + at] = Encoding::Legacy(LEGACY[at].0);
            at += 1;
        }
        all
    };

    /// The name in an experiment.
    pub fn key(self) -> String {
        match self {
            Encoding::Utf8 => "utf-8".to_owned(),
            Encoding::Utf16Le => "utf-16le".to_owned(),
            Encoding::Utf16Be => "utf-16be".to_owned(),
            Encoding::Utf32Le => "utf-32le".to_owned(),
            Encoding::Utf32Be => "utf-32be".to_owned(),
            Encoding::Legacy(encoding) => encoding.name().to_ascii_lowercase(),
        }
    }

    /// The name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16 (little endian)",
            Encoding::Utf16Be => "UTF-16 (big endian)",
            Encoding::Utf32Le => "UTF-32 (little endian)",
            Encoding::Utf32Be => "UTF-32 (big endian)",
            Encoding::Legacy(encoding) => {
                let known = LEGACY.iter().find(|(other, _)| *other == encoding);
                known.map_or(encoding.name(), |(_, name)| name)
            }
        }
    }

    /// The encoding that is called so, by its own name or another usual one: `latin1`, `sjis`, `cp1251`.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        if let Some(known) = Self::ALL
            .into_iter()
            .find(|encoding| encoding.key().replace('_', "-") == name)
        {
            return Some(known);
        }
        let label = match name.as_str() {
            "utf-16" => "utf-16le",
            "utf-32" | "utf32" | "utf32le" => return Some(Encoding::Utf32Le),
            "utf32be" => return Some(Encoding::Utf32Be),
            "utf-8-sig" | "cp65001" => "utf-8",
            "cp932" | "windows-932" => "shift_jis",
            "cp936" | "windows-936" => "gbk",
            "cp949" | "windows-949" | "uhc" => "euc-kr",
            "cp950" | "windows-950" => "big5",
            "cp874" => "windows-874",
            "latin-1" | "latin 1" => "latin1",
            "mac-roman" => "macintosh",
            other => other,
        };
        let by_label = |label: &str| rs::Encoding::for_label(label.as_bytes());
        let found = by_label(label).or_else(|| by_label(&label.replace('-', "_")));
        match found? {
            encoding if encoding == rs::UTF_8 => Some(Encoding::Utf8),
            encoding if encoding == rs::UTF_16LE => Some(Encoding::Utf16Le),
            encoding if encoding == rs::UTF_16BE => Some(Encoding::Utf16Be),
            encoding if encoding == rs::REPLACEMENT => None,
            encoding => Some(Encoding::Legacy(encoding)),
        }
    }

    /// How many bytes a character has at least.
    pub(super) fn width(self) -> usize {
        match self {
            Encoding::Utf8 | Encoding::Legacy(_) => 1,
            Encoding::Utf16Le | Encoding::Utf16Be => 2,
            Encoding::Utf32Le | Encoding::Utf32Be => 4,
        }
    }

    /// Which of these bytes comes last in value.
    pub(super) fn low(self) -> usize {
        match self {
            Encoding::Utf16Be => 1,
            Encoding::Utf32Be => 3,
            _ => 0,
        }
    }

    /// The ASCII character that these bytes are, [`Encoding::width`] of them; 0 if they are another one.
    pub(super) fn ascii(self, unit: &[u8]) -> u8 {
        if let ([byte], 1) = (unit, self.width()) {
            return *byte;
        }
        let low = self.low();
        let others_zero = unit
            .iter()
            .enumerate()
            .all(|(at, byte)| at == low || *byte == 0);
        match unit.len() == self.width() && others_zero {
            true => unit[low],
            false => 0,
        }
    }
}

/// The encoding of bytes that are no UTF-8 and have no mark, by which characters come one after the other.
///
/// Where the only ones that are not ASCII are signs such as “°” and “µ”, there are no letters to tell by, and nearly every
/// program that writes so means Windows-1252.
pub(super) fn guess(bytes: &[u8]) -> Encoding {
    const LOOKED_AT: usize = 1 << 18;
    const BEFORE: usize = 64;
    let first = bytes.iter().position(|byte| !byte.is_ascii());
    let from = first.unwrap_or_default().saturating_sub(BEFORE);
    let part = &bytes[from..bytes.len().min(from + LOOKED_AT)];
    let mut others = part.iter().filter(|byte| !byte.is_ascii());
    let is_sign = |byte: &u8| {
        matches!(
            byte,
            0x80 | 0x85 | 0x96 | 0x97 | 0x99 | 0xA0 | 0xA2 | 0xA3 | 0xA5 | 0xA7 | 0xA9 | 0xAB
                | 0xAE | 0xB0..=0xB5 | 0xB7 | 0xB9..=0xBE | 0xD7 | 0xF7
        )
    };
    if others.all(is_sign) {
        return Encoding::WINDOWS_1252;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(part, true);
    Encoding::Legacy(detector.guess(None, chardetng::Utf8Detection::Deny))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_has_a_name_and_is_found_by_its_key() {
        for encoding in Encoding::ALL {
            assert_eq!(
                Encoding::of(&encoding.key()),
                Some(encoding),
                "{}",
                encoding.name()
            );
        }
        for (name, expected) in [
            ("latin1", "windows-1252"),
            ("ISO-8859-1", "windows-1252"),
            ("cp1251", "windows-1251"),
            ("sjis", "shift_jis"),
            ("CP932", "shift_jis"),
            ("gb2312", "gbk"),
            ("UTF8", "utf-8"),
            ("utf_8", "utf-8"),
            ("cp949", "euc-kr"),
        ] {
            assert_eq!(
                Encoding::of(name).map(Encoding::key).as_deref(),
                Some(expected),
                "{name}"
            );
        }
        assert_eq!(Encoding::of("klingon"), None);
    }

    #[test]
    fn encodings_of_tables_are_guessed() {
        for (text, encoding) in [
            ("年月日,平均気温,降水量\n2021/3/1,20.0,0\n", rs::SHIFT_JIS),
            ("日付,東京の気温\n2021/3/1,20.0\n", rs::SHIFT_JIS),
            (
                "日期,最高气温,最低气温,天气\n2021-03-01,20,12,晴\n",
                rs::GBK,
            ),
            ("日期;开盘价;收盘价\n2021-03-01;20;12\n", rs::GBK),
            (
                "Дата;Температура;Осадки\n01.03.2021;20,0;0\n",
                rs::WINDOWS_1251,
            ),
            (
                "Город,Население\nМосква,12\nСанкт-Петербург,5\n",
                rs::WINDOWS_1251,
            ),
            ("Ημερομηνία;Θερμοκρασία\n1/3/2021;20,0\n", rs::WINDOWS_1253),
            ("Tag;Größe;Höhe über dem Meer\n1;2,5;3\n", rs::WINDOWS_1252),
            ("año,población,índice\n2021,5,6\n", rs::WINDOWS_1252),
            ("날짜,기온,강수량\n2021-03-01,20.0,0\n", rs::EUC_KR),
            ("日期,最高氣溫,最低氣溫\n2021-03-01,20,12\n", rs::BIG5),
        ] {
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable, "{text}");
            assert_eq!(guess(&bytes), Encoding::Legacy(encoding), "{text}");
        }
        // Signs alone: 20 °C, 5 µg/m³, 3 €.
        for signs in [
            &b"T (\xB0C),x\n20,1\n"[..],
            b"a (\xB5g/m\xB3)\n1\n",
            b"v (\x80)\n3\n",
        ] {
            assert_eq!(guess(signs), Encoding::WINDOWS_1252);
        }
    }
}
