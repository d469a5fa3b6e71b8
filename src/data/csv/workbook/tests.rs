use std::io::Write;
use std::ops::ControlFlow;

use super::*;

fn on(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A zip archive of these files, packed.
fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content.as_bytes()).unwrap();
        let data = encoder.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content.as_bytes());
        let at = archive.len() as u32;
        let mut fields = Vec::new();
        fields.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        fields.extend(crc.sum().to_le_bytes());
        fields.extend((data.len() as u32).to_le_bytes());
        fields.extend((content.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(&fields);
        archive.extend([0, 0]);
        archive.extend(name.as_bytes());
        archive.extend(data);
        list.extend(b"PK\x01\x02\x14\0");
        list.extend(&fields);
        list.extend([0; 12]);
        list.extend(at.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let at = archive.len() as u32;
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend((files.len() as u16).to_le_bytes());
    archive.extend((files.len() as u16).to_le_bytes());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

const WORKBOOK: &str =
    "<workbook><sheets><sheet name='A' sheetId='1' r:id='rId1'/></sheets></workbook>";
const RELATIONS: &str = "<Relationships><Relationship Id='rId1' Type='http://x/worksheet' Target='worksheets/sheet1.xml'/></Relationships>";

/// A workbook of one sheet with these rows, with shared strings and styles.
fn workbook(rows: &str, strings: &str, styles: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    packed(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/sharedStrings.xml", &format!("<sst>{strings}</sst>")),
        (
            "xl/styles.xml",
            &format!("<styleSheet>{styles}</styleSheet>"),
        ),
    ])
}

fn sheet(bytes: &[u8], room: u64) -> Result<Sheet, CsvError> {
    read(&Archive::of(bytes).unwrap(), None, room, &on)
}

fn text(rows: &str) -> String {
    let strings = "<si><t>a</t></si><si><r><t>b </t></r><r><t xml:space='preserve'>&amp; c</t></r><rPh><t>x</t></rPh></si><si/>";
    let styles = "<numFmts><numFmt numFmtId='164' formatCode='yyyy-mm'/></numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>\
                  <cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='22'/></cellXfs>";
    let made = sheet(&workbook(rows, strings, styles), 1 << 30).unwrap();
    String::from_utf8(made.text).unwrap()
}

#[test]
fn cells_of_every_kind_are_read() {
    let rows = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c><c r='C1' t='s'><v>2</v></c></row>\
                <row><c><v>1.50</v></c><c t='b'><v>1</v></c><c t='e'><v>#N/A</v></c><c t='inlineStr'><is><t>x</t></is></c></row>\
                <row r='4'><c r='A4' s='1'><v>45292</v></c><c r='D4' s='2'><v>45292.5</v></c><c r='E4'/></row>\
                <row r='5'><c r='B5' t='str'><f>A1</f><v>y_x000D_\nz</v></c><c r='C5'><f>1/0</f></c></row>";
    assert_eq!(
        text(rows),
        "a\tb & c\t\t\n1.50\tTRUE\t\"#N/A\"\tx\n\t\t\t\n2024-01-01\t\t\t2024-01-01 12:00:00\n\ty  z\t\t\n"
    );
}

#[test]
fn prefixes_are_left_out_of_account_and_columns_before_the_first_value_as_well() {
    let rows = "<x:row r='2'><x:c r='C2'><x:v>1</x:v></x:c><x:c r='D2'><x:v>2</x:v></x:c></x:row>\
                <x:row r='3'><x:c r='D3'><x:v>3</x:v></x:c></x:row>";
    assert_eq!(text(rows), "\t\n1\t2\n\t3\n");
}

#[test]
fn a_sheet_that_unpacks_to_more_than_there_is_room_for_is_refused() {
    let long = "x".repeat(20_000);
    let cells: String = (1..=400)
        .map(|row| format!("<row r='{row}'><c r='A{row}' t='s'><v>0</v></c></row>"))
        .collect();
    let shared = workbook(&cells, &format!("<si><t>{long}</t></si>"), "");
    assert!(shared.len() < 20_000);
    assert!(sheet(&shared, 1 << 30).is_ok());
    // One text that many cells share; rows and columns with values just near enough to count all between; a part that is longer
    // than it is said to be.
    let wide: String = (0..180)
        .map(|at| format!("<c r='{}1'><v>1</v></c>", name_of_column(90 * at)))
        .collect();
    let tall: String = (1..90)
        .map(|at| format!("<row r='{0}'><c r='A{0}'><v>1</v></c></row>", 900 * at))
        .collect();
    let far = workbook(&format!("<row r='1'>{wide}</row>{tall}"), "", "");
    let blanks = workbook(&" ".repeat(3_000_000), "", "");
    for bomb in [&shared, &far, &blanks] {
        assert!(
            matches!(sheet(bomb, 3_000_000), Err(CsvError::Unpacked { .. })),
            "{}",
            bomb.len()
        );
    }
}

#[test]
fn whatever_is_broken_is_told_and_nothing_panics() {
    for rows in [
        "<row r='2'/><row r='1'/>",
        "<row r='99999999'><c r='A1'><v>1</v></c></row>",
        "<row r='1'><c r='ZZZZZZZZZZZZZZZZZZZZZ1'><v>1</v></c></row>",
        "<row r='1'><c r='B1'><v>1</v></c><c r='A1'><v>1</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v",
    ] {
        assert_eq!(
            sheet(&workbook(rows, "", ""), 1 << 30).err(),
            Some(damaged()),
            "{rows}"
        );
    }
    for rows in ["", "<row r='1'><c r='A1' t='s'><v/></c><c t='s'/></row>"] {
        let error = sheet(&workbook(rows, "", ""), 1 << 30)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("a workbook without values"), "{error}");
    }
    // Each byte of a whole one changed.
    let whole = workbook(
        "<row r='1'><c r='A1' s='0'><v>1</v></c><c t='s'><v>0</v></c></row>",
        "<si><t>a</t></si>",
        "",
    );
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        if let Some(archive) = Archive::of(&changed) {
            drop(read(&archive, Some("A"), 1 << 30, &on));
        }
    }
}

#[test]
fn cells_that_strayed_far_out_count_and_the_empty_ones_before_them_do_not() {
    let rows = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c><c r='XFD1'><v>9</v></c></row>\
                <row r='2'><c r='A2'><v>3</v></c><c r='D2'><v>4</v></c></row>\
                <row r='1048576'><c r='A1048576'><v>5</v></c></row>";
    let made = sheet(&workbook(rows, "", ""), 3_000_000).unwrap();
    assert_eq!(
        str::from_utf8(&made.text).unwrap(),
        "1\t2\t\t\t9\n3\t\t\t4\t\n5\t\t\t\t\n"
    );
    assert_eq!(
        made.notes,
        [
            "16,379 empty columns before column XFD left out.",
            "1,048,573 empty rows before row 1,048,576 left out."
        ]
    );
    assert_eq!(
        [1, 2, 3].map(|line| made.row_of_line(line)),
        [1, 2, 1_048_576]
    );
    for column in [0, 25, 26, 701, 702, 16_383] {
        assert_eq!(column_of(&name_of_column(column)), Some(column));
    }
}

#[test]
fn texts_that_are_referred_to_and_not_there_are_told_with_their_place() {
    let rows = "<row r='1'><c r='A1' t='s'><v>0</v></c></row><row r='2'><c r='B2' t='s'><v>7</v></c></row>";
    let told = |bytes: &[u8]| sheet(bytes, 1 << 20).err().unwrap().to_string();
    let few = told(&workbook(rows, "<si><t>a</t></si><si><t>b</t></si>", ""));
    assert!(
        few.starts_with("line 2, column 2: found a reference to shared text 7, expected 0 to 1, as the workbook has 2 of them. Open"),
        "{few}"
    );
    let sheet_alone = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let none = told(&packed(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet_alone),
    ]));
    assert_eq!(none.lines().count(), 2, "{none}");
    assert!(
        none.contains("as the workbook has no shared ones"),
        "{none}"
    );
}

#[test]
fn a_sheet_is_chosen_by_its_name() {
    let sheet = |rows: &str| format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let row = |row: usize, cell: &str| format!("<row r='{row}'><c r='A{row}' {cell}</c></row>");
    let words = sheet(&row(1, "t='str'><v>About</v>"));
    let numbers = sheet(&[row(1, "><v>1</v>"), row(2, "><v>2</v>")].concat());
    let bytes = packed(&[
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name='About' r:id='a'/><sheet name='Chart' r:id='c'/><sheet name='Old' state='hidden' r:id='b'/>\
             <sheet name='Data' r:id='b'/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<R><Relationship Id='a' Type='x/worksheet' Target='/xl/one.xml'/><Relationship Id='b' Type='x/worksheet' Target='two.xml'/>\
             <Relationship Id='c' Type='x/chartsheet' Target='two.xml'/></R>",
        ),
        ("xl/one.xml", &words),
        ("xl/Two.xml", &numbers),
    ]);
    let archive = Archive::of(&bytes).unwrap();
    let found = read(&archive, None, 1 << 30, &on).unwrap();
    assert_eq!(
        (found.name.as_str(), found.others),
        ("Data", vec!["About".to_owned(), "Chart".into()])
    );
    for (asked, expected) in [("about", "About"), ("Old", "Old")] {
        assert_eq!(
            read(&archive, Some(asked), 1 << 30, &on).unwrap().name,
            expected
        );
    }
    let error = read(&archive, Some("Dat"), 1 << 30, &on)
        .err()
        .unwrap()
        .to_string();
    assert_eq!(
        error,
        "found no sheet “Dat”, expected one of About, Chart, Old, Data. Did you mean “Data”?"
    );
    let error = read(&archive, Some("Chart"), 1 << 30, &on)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("a sheet without values"), "{error}");
}

/// What is stored as a number is that number, whatever the texts beside it look like.
#[test]
fn stored_numbers_have_points_though_texts_have_commas() {
    let rows: String = (1..12)
        .map(|row| {
            format!(
                "<row r='{row}'><c r='A{row}' t='inlineStr'><is><t>4.37{row},5</t></is></c><c r='B{row}'><v>{row}.234</v></c></row>"
            )
        })
        .collect();
    let read = sheet(&workbook(&rows, "", ""), 1 << 20).unwrap();
    assert!(read.has_fractions);
    let table = super::super::of_sheet(read, &Default::default(), &on).unwrap();
    let numbers: Vec<f64> = (1..12).map(|row| f64::from(row) + 0.234).collect();
    match &table.columns()[1].cells {
        crate::data::table::Cells::Numbers(read) => {
            assert!(
                read.iter()
                    .zip(&numbers)
                    .all(|(a, b)| (a - b).abs() < 1e-12),
                "{read:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_part_is_refused_by_the_size_that_it_tells() {
    let mut bytes = workbook("<row><c><v>1</v></c></row>", "", "");
    assert!(sheet(&bytes, u64::MAX).is_ok());
    let name = b"xl/worksheets/sheet1.xml";
    // In the list at the end.
    let at = bytes
        .windows(name.len())
        .rposition(|window| window == name)
        .unwrap()
        - 46;
    bytes[at + 24..at + 28].copy_from_slice(&(1_u32 << 28).to_le_bytes());
    assert!(matches!(
        sheet(&bytes, u64::MAX),
        Err(CsvError::Unpacked { .. })
    ));
}
