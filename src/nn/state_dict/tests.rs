use super::*;
use crate::nn::ParameterEntry;
use crate::random::Stream;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// A file with this header, its values `data`.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

fn numbers(name: &str, shape: &[usize], values: &[f64]) -> NamedTensor {
    NamedTensor {
        name: name.into(),
        shape: shape.to_vec(),
        values: TensorValues::Numbers(values.to_vec()),
    }
}

fn values(tensor: &NamedTensor) -> &[f64] {
    match &tensor.values {
        TensorValues::Numbers(values) => values,
        other => panic!("{} holds {other:?}", tensor.name),
    }
}

/// Parameters one after another.
fn entries(shapes: &[(&str, &[usize])]) -> Vec<ParameterEntry> {
    let mut start = 0;
    let entry = |&(name, shape): &(&str, &[usize])| {
        let range = start..start + shape.iter().product::<usize>();
        start = range.end;
        ParameterEntry {
            name: name.into(),
            shape: shape.to_vec(),
            range,
        }
    };
    shapes.iter().map(entry).collect()
}

/// A tensor of `shape` whose values count on from `from`.
fn counting(name: &str, shape: &[usize], from: usize) -> NamedTensor {
    let count: usize = shape.iter().product();
    let values: Vec<f64> = (from..from + count).map(|value| value as f64).collect();
    numbers(name, shape, &values)
}

/// One layer of two units over three inputs, and a readout of one output.
fn small_network() -> Vec<ParameterEntry> {
    entries(&[
        ("weight_ih_l0", &[2, 3]),
        ("weight_hh_l0", &[2, 2]),
        ("bias_ih_l0", &[2]),
        ("bias_hh_l0", &[2]),
        ("readout.weight", &[1, 2]),
        ("readout.bias", &[1]),
    ])
}

/// Tensors for [`small_network`], the layer's names after `layer`, the readout's after `readout`.
fn saved(layer: &str, readout: &str) -> Vec<NamedTensor> {
    vec![
        counting(&format!("{layer}weight_ih_l0"), &[2, 3], 1),
        counting(&format!("{layer}weight_hh_l0"), &[2, 2], 7),
        counting(&format!("{layer}bias_ih_l0"), &[2], 11),
        counting(&format!("{layer}bias_hh_l0"), &[2], 13),
        counting(&format!("{readout}weight"), &[1, 2], 15),
        counting(&format!("{readout}bias"), &[1], 17),
    ]
}

fn names(of: &[Shaped]) -> Vec<&str> {
    of.iter().map(|shaped| shaped.name.as_str()).collect()
}

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    let tiny = f64::from(f32::from_bits(1));
    let tensors = [
        numbers("a", &[2, 3], &[0.1, -0.0, 1e-310, -2.5e300, 3.0, 1.0 / 3.0]),
        numbers("empty", &[0, 4], &[]),
        numbers("scalar", &[], &[tiny]),
    ];
    for single in [false, true] {
        let stored = |value: f64| {
            if single {
                f64::from(value as f32)
            } else {
                value
            }
        };
        let tensors: Vec<NamedTensor> = tensors
            .iter()
            .filter(|tensor| !(single && tensor.name == "a"))
            .cloned()
            .collect();
        let bytes = to_bytes(&tensors, single).unwrap();
        let mut read = read(&bytes, Limits::default()).unwrap();
        read.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(read.len(), tensors.len());
        for (read, written) in read.iter().zip(&tensors) {
            assert_eq!((&read.name, &read.shape), (&written.name, &written.shape));
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let expected: Vec<f64> = values(written).iter().map(|&v| stored(v)).collect();
            assert_eq!(bits(values(read)), bits(&expected));
        }
    }
}

/// Of every sort of value, in both precisions; one tensor is larger than a piece.
#[test]
fn what_is_written_piece_by_piece_is_what_the_safetensors_crate_writes() {
    let tensors = [
        counting("z.large", &[3, 7000], 1),
        counting("a", &[2, 3], 5),
        NamedTensor {
            name: "m.target".into(),
            shape: vec![2, 2],
            values: TensorValues::Indices(vec![3, 0, 1, 2]),
        },
        numbers("empty", &[0, 4], &[]),
    ];
    for single in [false, true] {
        let stored: Vec<(Dtype, Vec<u8>)> = tensors
            .iter()
            .map(|tensor| match &tensor.values {
                TensorValues::Numbers(values) if single => {
                    let bytes = values.iter().map(|&value| (value as f32).to_le_bytes());
                    (Dtype::F32, bytes.flatten().collect())
                }
                TensorValues::Numbers(values) => {
                    let bytes = values.iter().map(|value| value.to_le_bytes());
                    (Dtype::F64, bytes.flatten().collect())
                }
                TensorValues::Indices(values) => {
                    let bytes = values.iter().map(|&value| (value as i64).to_le_bytes());
                    (Dtype::I64, bytes.flatten().collect())
                }
                TensorValues::Unread(_) => unreachable!(),
            })
            .collect();
        let views = tensors.iter().zip(&stored).map(|(tensor, (dtype, bytes))| {
            let view = TensorView::new(*dtype, tensor.shape.clone(), bytes);
            (tensor.name.as_str(), view.unwrap())
        });
        let expected = safetensors::serialize(views, None).unwrap();
        assert_eq!(to_bytes(&tensors, single).unwrap(), expected);
    }
}

/// The header is what `safetensors.torch.save` (0.8) wrote for the `state_dict()` of a module with `self.lstm = nn.LSTM(3, 4)`
/// and `self.fc = nn.Linear(4, 2)` in PyTorch 2.15.
#[test]
fn a_file_of_pytorchs_is_read_as_the_safetensors_crate_reads_it_and_fits_the_network() {
    let header = r#"{"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"fc.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[8,40]},"lstm.bias_hh_l0":{"dtype":"F32","shape":[16],"data_offsets":[40,104]},"lstm.bias_ih_l0":{"dtype":"F32","shape":[16],"data_offsets":[104,168]},"lstm.weight_hh_l0":{"dtype":"F32","shape":[16,4],"data_offsets":[168,424]},"lstm.weight_ih_l0":{"dtype":"F32","shape":[16,3],"data_offsets":[424,616]}}     "#;
    let data: Vec<u8> = (0..154)
        .flat_map(|i| (0.1f32 * i as f32).to_le_bytes())
        .collect();
    let bytes = file(header, &data);
    let tensors = read(&bytes, Limits::default()).unwrap();
    let by_crate = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), by_crate.len());
    for tensor in &tensors {
        let view = by_crate.tensor(&tensor.name).unwrap();
        assert_eq!(tensor.shape, view.shape());
        let expected = view.data().chunks(4);
        let expected: Vec<f64> = expected
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).into())
            .collect();
        assert_eq!(values(tensor), expected);
    }

    let entries = entries(&[
        ("weight_ih_l0", &[16, 3]),
        ("weight_hh_l0", &[16, 4]),
        ("bias_ih_l0", &[16]),
        ("bias_hh_l0", &[16]),
        ("readout.weight", &[2, 4]),
        ("readout.bias", &[2]),
    ]);
    let mut parameters = vec![-1.0; 154];
    let report = load(&mut parameters, &entries, &tensors, &Wish::default());
    assert!(report.is_complete() && report.left_over.is_empty() && report.rounded == 0);
    assert_eq!(parameters[0], f64::from(0.1f32 * 106.0));
    assert_eq!(parameters[153], f64::from(0.1f32));
    assert_eq!(
        report.to_string(),
        "6 of 6 parameters loaded\n\
         loaded under another name\n  \
         lstm.weight_ih_l0 → weight_ih_l0\n  \
         lstm.weight_hh_l0 → weight_hh_l0\n  \
         lstm.bias_ih_l0 → bias_ih_l0\n  \
         lstm.bias_hh_l0 → bias_hh_l0\n  \
         fc.weight → readout.weight\n  \
         fc.bias → readout.bias"
    );
}

/// Expected: `torch.tensor(bits, dtype=torch.uint16).view(torch.float16).double()`, and with bfloat16, in PyTorch 2.15.
#[test]
fn half_precision_is_widened_exactly() {
    let half: [(u16, f64); 8] = [
        (0x0001, 5.960464477539063e-08),
        (0x03ff, 6.097555160522461e-05),
        (0x0400, 6.103515625e-05),
        (0x3555, 0.333251953125),
        (0x3c00, 1.0),
        (0x7bff, 65504.0),
        (0x8000, -0.0),
        (0xc248, -3.140625),
    ];
    let brain: [(u16, f64); 8] = [
        (0x0001, 9.183549615799121e-41),
        (0x0080, 1.1754943508222875e-38),
        (0x3eab, 0.333984375),
        (0x3f80, 1.0),
        (0x7f7f, 3.3895313892515355e+38),
        (0x8000, -0.0),
        (0xc049, -3.140625),
        (0x4120, 10.0),
    ];
    for (dtype, cases) in [("F16", half), ("BF16", brain)] {
        let header = format!(r#"{{"a":{{"dtype":"{dtype}","shape":[8],"data_offsets":[0,16]}}}}"#);
        let data: Vec<u8> = cases
            .iter()
            .flat_map(|(bits, _)| bits.to_le_bytes())
            .collect();
        let read = read(&file(&header, &data), Limits::default()).unwrap();
        for (value, (bits, expected)) in values(&read[0]).iter().zip(cases) {
            assert_eq!(value.to_bits(), expected.to_bits(), "{dtype} {bits:#x}");
        }
    }
    for (dtype, bits) in [("F16", 0x7c00_u16), ("F16", 0xfe00), ("BF16", 0xff80)] {
        let header = format!(r#"{{"a":{{"dtype":"{dtype}","shape":[1],"data_offsets":[0,2]}}}}"#);
        let read = read(&file(&header, &bits.to_le_bytes()), Limits::default()).unwrap();
        assert!(!values(&read[0])[0].is_finite(), "{dtype} {bits:#x}");
    }
}

/// Place, found, expected and hint of each way in which a file can be wrong; none of them takes long or much memory.
#[test]
fn a_hostile_or_damaged_file_is_refused_with_the_reason() {
    let limits = Limits {
        header_bytes: 1_000,
        values: 6,
    };
    let one = |entry: &str, data: usize| file(&format!("{{{entry}}}"), &vec![0; data]);
    let claimed = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    const PAST_END: &str = "found a header of";
    // Eight tensors of 2⁶¹ − 8 bytes, one after another: the safetensors crate (0.8) adds the header's length to their end
    // and overflows.
    let step = (1u64 << 61) - 8;
    let chain: Vec<String> = (0..8)
        .map(|i| {
            let (count, begin, end) = (step / 8, i * step, (i + 1) * step);
            format!(r#""t{i}":{{"dtype":"F64","shape":[{count}],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (
            "tensors that fill 2⁶⁴ bytes",
            one(&chain.join(","), 0),
            &[
                "t0: found its values in the bytes 0 to 2305843009213693944",
                "the 0 bytes of values",
            ],
        ),
        (
            "an empty file",
            vec![],
            &["found a file of 0 bytes", "expected at least 8"],
        ),
        ("seven bytes", vec![1; 7], &["found a file of 7 bytes"]),
        (
            "a header of 2⁶⁰ bytes",
            claimed(1 << 60),
            &[
                "bytes 0 to 7",
                PAST_END,
                "1152921504606846976",
                "the 2 that follow",
            ],
        ),
        (
            "a header of 2⁶⁴ − 1 bytes",
            claimed(u64::MAX),
            &[PAST_END, "18446744073709551615"],
        ),
        (
            "a header one byte too long",
            claimed(3),
            &[PAST_END, "at most the 2"],
        ),
        (
            "a header past the limit",
            file(&" ".repeat(1_001), &[]),
            &["a header of 1001 bytes", "at most 1000"],
        ),
        (
            "a file past the limits",
            file("{}", &[0; 1_050]),
            &["found a file of 1060 bytes or more", "at most 1056"],
        ),
        (
            "no JSON",
            file("weights!", &[]),
            &["header, line 1, column 1", "(expected value)"],
        ),
        (
            "no header",
            file("", &[]),
            &["header, line 1, column 0", "EOF"],
        ),
        (
            "a list",
            file("[]", &[]),
            &["invalid type: sequence", "a tensor under each name"],
        ),
        (
            "two headers",
            file("{}{}", &[]),
            &["column 3", "trailing characters"],
        ),
        (
            "no UTF-8",
            file("{\"\u{1}\":1}", &[]),
            &["header, line 1, column 3"],
        ),
        (
            "deep nesting",
            file(&format!("{{\"a\":{}", "[".repeat(900)), &[]),
            &["header, line 1", "invalid type: sequence"],
        ),
        (
            "no shape",
            one(r#""a":{"dtype":"F32"}"#, 0),
            &["missing field `shape`"],
        ),
        (
            "a negative axis",
            one(
                r#""a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#,
                4,
            ),
            &["invalid value: integer `-1`", "expected u64"],
        ),
        (
            "an axis past 2⁶⁴",
            one(
                r#""a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}"#,
                4,
            ),
            &["floating point `1e+30`"],
        ),
        (
            "three offsets",
            one(
                r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}"#,
                4,
            ),
            &["header, line 1"],
        ),
        (
            "a name twice",
            one(
                r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#,
                4,
            ),
            &["a: found a second tensor of this name, expected each name once"],
        ),
        (
            "a type that the format has not",
            one(
                r#""steps":{"dtype":"I65","shape":[1],"data_offsets":[0,8]}"#,
                8,
            ),
            &["steps: found values of type I65, expected a type of the safetensors format"],
        ),
        (
            "whole numbers in too few bytes",
            one(
                r#""steps":{"dtype":"I64","shape":[2],"data_offsets":[0,8]}"#,
                8,
            ),
            &["steps: found the shape [2] in 8 bytes, expected 16 bytes of I64"],
        ),
        (
            "a shape past 2⁶⁴",
            one(
                r#""a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}"#,
                4,
            ),
            &[
                "a: found the shape [4294967296, 4294967296] in 4 bytes",
                "more bytes than a file can have",
            ],
        ),
        (
            "many axes",
            one(
                &format!(
                    r#""a":{{"dtype":"F32","shape":[{}2],"data_offsets":[0,4]}}"#,
                    "1,".repeat(99)
                ),
                4,
            ),
            &["a: found the shape of 100 axes in 4 bytes, expected 8 bytes of F32"],
        ),
        (
            "too few bytes",
            one(r#""a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}"#, 8),
            &["a: found the shape [2] in 8 bytes, expected 16 bytes of F64"],
        ),
        (
            "a place past the end",
            one(r#""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 4),
            &[
                "a: found its values in the bytes 0 to 8",
                "within the 4 bytes of values",
            ],
        ),
        (
            "offsets whose sum is past 2⁶⁴",
            one(
                r#""a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551608,18446744073709551612]}"#,
                4,
            ),
            &["a: found its values in the bytes 18446744073709551608 to"],
        ),
        (
            "an end before the beginning",
            one(r#""a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#, 4),
            &["a: found its values in the bytes 4 to 0"],
        ),
        (
            "two tensors in one place",
            one(
                r#""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#,
                8,
            ),
            &["b: found its values from byte 4 on, expected them from byte 8 on"],
        ),
        (
            "a gap",
            one(
                r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}"#,
                12,
            ),
            &["b: found its values from byte 8 on, expected them from byte 4 on"],
        ),
        (
            "bytes after the last tensor",
            one(r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 9),
            &["after the last tensor: found 5 more bytes"],
        ),
        (
            "too many values",
            one(
                r#""a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}"#,
                28,
            ),
            &["found 7 values in all tensors, expected at most 6"],
        ),
        (
            "a name that would move the cursor",
            one(
                r#""a\u001b[2J\nb":{"dtype":"U9","shape":[1],"data_offsets":[0,1]}"#,
                1,
            ),
            &[r"a\u{1b}[2J\nb: found values of type U9"],
        ),
        (
            "torch.save's archive",
            [&b"PK\x03\x04"[..], &[7; 60]].concat(),
            &[
                "first bytes: found a zip archive",
                "safetensors.torch.save_file",
            ],
        ),
        (
            "a pickle",
            [&b"\x80\x02}q\x00."[..], &[7; 60]].concat(),
            &["found a Python pickle"],
        ),
        (
            "Keras's weights",
            [&b"\x89HDF\r\n\x1a\n"[..], &[7; 60]].concat(),
            &["found an HDF5 file", "PyTorch's names"],
        ),
    ];
    for (what, bytes, parts) in cases {
        let message = read(&bytes, limits).unwrap_err().to_string();
        for part in parts {
            assert!(
                message.contains(part),
                "{what}: “{part}” is not in: {message}"
            );
        }
        assert!(
            message.len() < 2_000 && !message.contains('\u{1b}'),
            "{what}: {message}"
        );
        assert!(
            message.contains("found") && message.contains("expected"),
            "{what}: {message}"
        );
    }
}

/// A parameter's; a buffer may hold what it likes, as masks hold −∞.
#[test]
fn values_that_are_not_finite_are_refused_by_name_and_index() {
    let mut bad = vec![1.0; 60];
    bad[5] = f64::NAN;
    bad[7] = f64::INFINITY;
    let network = entries(&[("good", &[1]), ("lstm.weight", &[20, 3]), ("b", &[1])]);
    let mut tensors = vec![
        numbers("good", &[1], &[1.0]),
        numbers("lstm.weight", &[20, 3], &bad),
        numbers("b", &[1], &[f64::NEG_INFINITY]),
        numbers("mask", &[1], &[f64::NEG_INFINITY]),
    ];
    let bytes = to_bytes(&tensors, false).unwrap();
    let read = read(&bytes, Limits::default()).unwrap();
    let mut parameters = [0.5; 62];
    let report = load(&mut parameters, &network, &read, &Wish::default());
    assert_eq!(parameters, [0.5; 62]);
    let faults = report.unusable.first();
    assert_eq!((faults.len(), report.unusable_parameters), (3, 2));
    assert_eq!(faults[1].index, [2, 1]);
    let text = report.to_string();
    let hint = "The training that wrote the file diverged; take an earlier state of it.";
    let told = format!(
        "unusable\n  lstm.weight[1, 2]: found NaN, expected a finite number. {hint}\n  \
         lstm.weight[2, 1]: found inf, expected a finite number. {hint}\n  \
         b[0]: found -inf, expected a finite number. {hint}"
    );
    assert!(text.contains(&told), "{text}");
    assert_eq!(names(&report.left_over), ["mask"]);

    tensors[1] = counting("lstm.weight", &[20, 3], 1);
    tensors[2] = counting("b", &[1], 1);
    let report = load(&mut parameters, &network, &tensors, &Wish::default());
    assert!(report.loaded, "{report}");
}

/// Bytes flipped, inserted, removed and cut off at random, digits of the header above all: the answer is tensors that fit
/// their shapes or an error, never a panic.
#[test]
fn no_mutation_of_a_file_can_do_harm() {
    let tensors = [
        counting("lstm.weight_ih_l0", &[2, 3], 1),
        counting("lstm.bias_ih_l0", &[2], 7),
        numbers("scalar", &[], &[0.5]),
    ];
    let valid = [
        to_bytes(&tensors, false).unwrap(),
        to_bytes(&tensors, true).unwrap(),
    ];
    let mut stream = Stream::new(5, "mutations");
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let mut bytes = valid[round % 2].clone();
        for _ in 0..=stream.below(3) {
            let at = stream.below(bytes.len());
            match stream.below(5) {
                0 => bytes[at] = stream.below(256) as u8,
                1 => bytes[at] ^= 1 << stream.below(8),
                2 => bytes.insert(at, b"0123456789,[]{}\":"[stream.below(17)]),
                3 => drop(bytes.remove(at)),
                _ => {
                    let digits: Vec<usize> = (8..bytes.len())
                        .filter(|&at| bytes[at].is_ascii_digit())
                        .collect();
                    if !digits.is_empty() {
                        bytes[digits[stream.below(digits.len())]] = b'0' + stream.below(10) as u8;
                    }
                }
            }
        }
        match read(&bytes, Limits::default()) {
            Ok(tensors) => {
                accepted += 1;
                for tensor in tensors {
                    if matches!(tensor.values, TensorValues::Unread(_)) {
                        continue;
                    }
                    assert_eq!(
                        values(&tensor).len(),
                        tensor.shape.iter().product::<usize>()
                    );
                }
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    // Values may change without being wrong, the rest may not.
    assert!(
        accepted > 1_000 && refused > 10_000,
        "{accepted} accepted, {refused} refused"
    );
    for bytes in valid {
        for length in 0..bytes.len() {
            assert!(
                read(&bytes[..length], Limits::default()).is_err(),
                "{length} bytes"
            );
        }
    }
}

#[test]
fn the_longest_file_within_the_limits_is_known() {
    let limits = Limits {
        header_bytes: 100,
        values: 10,
    };
    assert_eq!(limits.file_bytes(), 8 + 100 + 80);
    assert_eq!(
        Limits {
            values: usize::MAX,
            ..limits
        }
        .file_bytes(),
        usize::MAX
    );
}

#[test]
fn tensors_go_to_the_parameters_of_their_names() {
    let mut parameters = [0.0; 17];
    let mut tensors = saved("", "readout.");
    tensors.reverse();
    let report = load(
        &mut parameters,
        &small_network(),
        &tensors,
        &Wish::default(),
    );
    assert_eq!(parameters, std::array::from_fn(|index| index as f64 + 1.0));
    assert!(report.is_complete() && report.is_usable());
    assert!(report.renamed.is_empty() && report.left_over.is_empty());
    assert_eq!(report.to_string(), "6 of 6 parameters loaded");
}

#[test]
fn names_of_a_larger_module_are_understood_where_they_can_mean_one_thing() {
    for (layer, readout) in [
        ("lstm.", "fc."),
        ("module.rnn.", "module.linear."),
        ("gru.", "readout."),
        ("net.", "net.readout."),
        ("", "head.out."),
    ] {
        let mut parameters = [0.0; 17];
        let report = load(
            &mut parameters,
            &small_network(),
            &saved(layer, readout),
            &Wish::default(),
        );
        assert_eq!(parameters[16], 17.0, "{layer} {readout}");
        assert_eq!(parameters[0], 1.0, "{layer} {readout}");
        assert!(report.is_complete() && report.left_over.is_empty());
        let expected: Vec<Renamed> = saved(layer, readout)
            .into_iter()
            .zip(small_network())
            .filter(|(tensor, entry)| tensor.name != entry.name)
            .map(|(tensor, entry)| Renamed {
                from: tensor.name,
                to: entry.name,
            })
            .collect();
        assert_eq!(report.renamed, expected);
    }
    // Beside a linear layer of another shape, an embedding and a norm.
    let mut tensors = saved("lstm.", "fc.");
    tensors.push(counting("hidden.weight", &[2, 2], 50));
    tensors.push(counting("hidden.bias", &[2], 50));
    tensors.push(counting("embedding.weight", &[1, 2], 50));
    tensors.push(counting("norm.weight", &[2], 50));
    let mut parameters = [0.0; 17];
    let report = load(
        &mut parameters,
        &small_network(),
        &tensors,
        &Wish::default(),
    );
    assert_eq!(parameters[14..], [15.0, 16.0, 17.0]);
    assert_eq!(
        names(&report.left_over),
        [
            "hidden.weight",
            "hidden.bias",
            "embedding.weight",
            "norm.weight"
        ]
    );
}

fn wish(prefixes: &[&str], partial: bool) -> Wish {
    Wish {
        prefixes: prefixes.iter().copied().map(String::from).collect(),
        partial,
    }
}

#[test]
fn what_could_be_meant_in_two_ways_is_not_loaded_until_it_is_said() {
    let mut tensors = saved("encoder.", "fc.");
    let from = |start| {
        move |(index, tensor): (usize, NamedTensor)| {
            counting(&tensor.name, &tensor.shape, start + index)
        }
    };
    tensors.extend(
        saved("decoder.", "head.")
            .into_iter()
            .enumerate()
            .map(from(100)),
    );
    let network = small_network();
    let mut parameters = [0.5; 17];
    let report = load(&mut parameters, &network, &tensors, &Wish::default());
    assert_eq!(parameters, [0.5; 17]);
    assert_eq!((report.missing.len(), report.left_over.len()), (6, 12));
    assert!(!report.is_usable());
    let text = report.to_string();
    for part in [
        "nothing loaded, 0 of 6 parameters fit",
        "ambiguous\n  the network's layers could be decoder. (RNN 1×2, fits) or encoder. (RNN 1×2, fits)\n  the readout could be \
         fc. or head.",
        "missing in the file\n  weight_ih_l0 [2, 3]",
        "left over in the file\n  encoder.weight_ih_l0 [2, 3]",
        "--prefix decoder.",
    ] {
        assert!(text.contains(part), "“{part}” is not in: {text}");
    }
    // A part of what has to be said is not enough; without a dot it is the same.
    let report = load(
        &mut parameters,
        &network,
        &tensors,
        &wish(&["decoder"], false),
    );
    assert!(!report.loaded && report.ambiguous.len() == 1);
    let report = load(
        &mut parameters,
        &network,
        &tensors,
        &wish(&["decoder", "head."], false),
    );
    assert!(report.loaded, "{report}");
    assert_eq!((parameters[0], parameters[16]), (100.0, 105.0));
    assert_eq!(report.left_over.len(), 6);
    let report = load(
        &mut parameters,
        &network,
        &tensors,
        &wish(&["deco", "fc"], false),
    );
    assert!(!report.loaded);
    let text = report.to_string();
    assert!(
        text.contains("no name in the file begins with\n  deco."),
        "{text}"
    );

    // A layer under its own name is meant, whatever else there is; but the others are layers of the file as well.
    let mut tensors = saved("decoder.", "readout.");
    tensors.push(counting("weight_ih_l0", &[2, 3], 20));
    let mut parameters = [0.5; 17];
    let report = load(&mut parameters, &network, &tensors, &Wish::default());
    assert!(!report.loaded && parameters == [0.5; 17]);
    let report = load(&mut parameters, &network, &tensors, &wish(&[], true));
    assert_eq!(
        report.matched,
        ["weight_ih_l0", "readout.weight", "readout.bias"]
    );
    assert_eq!((report.loaded, parameters[0]), (true, 20.0));
    assert!(report.ambiguous.is_empty());
    assert_eq!((report.left_over.len(), report.unplaced.len()), (0, 4));
}

#[test]
fn a_part_is_loaded_only_if_that_is_enough_and_leaves_the_rest_as_it_was() {
    let mut parameters = [0.5; 17];
    let tensors = [
        counting("bias_ih_l0", &[2], 1),
        counting("optimizer.step", &[1], 9),
        counting("weight_ih_l1", &[2, 2], 9),
    ];
    let report = load(
        &mut parameters,
        &small_network(),
        &tensors,
        &Wish::default(),
    );
    assert!(!report.loaded && parameters == [0.5; 17]);
    assert!(report.to_string().contains("--partial"), "{report}");
    let report = load(
        &mut parameters,
        &small_network(),
        &tensors,
        &wish(&[], true),
    );
    assert_eq!(report.matched, ["bias_ih_l0"]);
    assert_eq!(
        names(&report.missing),
        [
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_hh_l0",
            "readout.weight",
            "readout.bias"
        ]
    );
    assert_eq!(names(&report.optimizer), ["optimizer.step"]);
    assert_eq!(names(&report.unplaced), ["weight_ih_l1"]);
    assert!(report.loaded && !report.is_complete());
    let mut expected = [0.5; 17];
    expected[10..12].copy_from_slice(&[1.0, 2.0]);
    assert_eq!(parameters, expected);
}

#[test]
fn a_wrong_shape_is_never_loaded() {
    let mut tensors = saved("gru.", "readout.");
    tensors[0] = counting("gru.weight_ih_l0", &[3, 2], 1);
    tensors[5] = counting("readout.bias", &[1, 1], 17);
    let mut parameters = [0.5; 17];
    let report = load(
        &mut parameters,
        &small_network(),
        &tensors,
        &Wish::default(),
    );
    assert_eq!(parameters, [0.5; 17]);
    assert_eq!(
        report.wrong_shape,
        [
            WrongShape {
                name: "weight_ih_l0".into(),
                from: "gru.weight_ih_l0".into(),
                expected: vec![2, 3],
                found: vec![3, 2],
            },
            WrongShape {
                name: "readout.bias".into(),
                from: "readout.bias".into(),
                expected: vec![1],
                found: vec![1, 1],
            },
        ]
    );
    assert_eq!((report.matched.len(), report.renamed.len()), (4, 3));
    assert!(!report.is_usable() && report.left_over.is_empty());
    let text = report.to_string();
    let part = "of the wrong shape\n  weight_ih_l0 (from gru.weight_ih_l0): found [3, 2], expected [2, 3]\n  \
                readout.bias: found [1, 1], expected [1]";
    assert!(text.contains(part), "{text}");
}

#[test]
fn a_model_in_f32_takes_rounded_values_and_none_past_its_range() {
    let entries = entries(&[("a", &[2]), ("b", &[1, 2])]);
    let tensors = [
        numbers("a", &[2], &[0.1, 0.5]),
        numbers("b", &[1, 2], &[1.0, 1e39]),
    ];
    let mut parameters = [0.25f32; 4];
    let report = load(&mut parameters, &entries, &tensors, &Wish::default());
    assert_eq!(parameters, [0.25; 4]);
    assert_eq!(
        report.too_large,
        [TooLarge {
            name: "b".into(),
            from: "b".into(),
            index: vec![0, 1],
            value: 1e39,
        }]
    );
    assert!(!report.is_usable());
    assert_eq!(
        report.to_string(),
        "nothing loaded, 1 of 2 parameters fit\n\
         too large\n  b[0, 1]: found 1e39, expected a value within the model's precision\n\
         Run with precision = \"f64\"."
    );
    let tensors = [numbers("a", &[2], &[0.1, 0.5]), counting("b", &[1, 2], 1)];
    let report = load(&mut parameters, &entries, &tensors, &Wish::default());
    assert_eq!(parameters, [0.1, 0.5, 1.0, 2.0]);
    assert_eq!(report.rounded, 1);
    assert_eq!(
        report.to_string(),
        "2 of 2 parameters loaded, 1 values rounded to the model's precision"
    );
}

/// Whatever is in the file: each parameter is accounted for once, each tensor is used or left over, and what was not loaded
/// is as it was.
#[test]
fn every_parameter_and_every_tensor_is_accounted_for() {
    let network = small_network();
    let mut stream = Stream::new(9, "files");
    let mut loaded = 0;
    for _ in 0..3_000 {
        let pool: Vec<NamedTensor> = ["", "lstm.", "decoder."]
            .into_iter()
            .flat_map(|layer| saved(layer, if layer.is_empty() { "readout." } else { layer }))
            .collect();
        let mut tensors: Vec<NamedTensor> = Vec::new();
        for tensor in pool {
            let mut tensor = tensor;
            match stream.below(6) {
                0 | 1 => tensors.push(tensor),
                2 => {
                    tensor.shape.push(1);
                    tensors.push(tensor);
                }
                _ => {}
            }
        }
        let mut parameters = [0.5; 17];
        let partial = wish(&[], stream.below(2) == 0);
        let report = load(&mut parameters, &network, &tensors, &partial);
        assert_eq!(
            report.matched.len() + report.zeros.len() + report.missing.len() + report.refused(),
            network.len()
        );
        assert_eq!(
            report.matched.len()
                + report.refused()
                + report.left_over.len()
                + report.unplaced.len(),
            tensors.len()
        );
        assert_eq!(report.loaded, report.is_usable());
        loaded += usize::from(report.loaded);
        for entry in &network {
            let has = |names: &[String]| report.loaded && names.contains(&entry.name);
            let values = &parameters[entry.range.clone()];
            let untouched = values.iter().all(|&value| value == 0.5);
            assert_ne!(
                has(&report.matched) || has(&report.zeros),
                untouched,
                "{}",
                entry.name
            );
            assert_eq!(
                has(&report.zeros),
                values.iter().all(|&value| value == 0.0),
                "{}",
                entry.name
            );
            if !partial.partial && report.loaded {
                assert!(!untouched, "{} is as it was drawn", entry.name);
            }
        }
    }
    assert!(loaded > 100, "{loaded}");
}
