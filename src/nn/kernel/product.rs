//! Matrix products, C ← start + A B, for the shapes that recurrent networks have.
//!
//! Lanes run over the columns of C; each element of C sums over the inner index in order, each term by a fused
//! multiply-add, however wide the lanes are and however the work is cut up. A tile of C, at most [`TALL`] rows and a few
//! lanes of columns, stays in registers while the inner index runs; how many lanes, the vectors decide
//! ([`has_many_registers`]). Three products differ in where their operands lie:
//!
//! - [`product`] reads both where they are.
//! - [`product_with`] reads B from [`Panels`]. Weights are laid out so once an update and serve all its steps: a product
//!   that packs them anew at each step loses a third to a half of its time, since a step has only a few rows; one that reads
//!   them where they are loses as much, since rows that lie a power of two apart push each other out of the cache.
//!   [`product_with_both`] adds two such products, whose sums then need no way to memory and back between them.
//! - [`sum_over_steps`] is for the weights' gradients: its inner index runs over all steps, far more than a cache holds, so
//!   it packs both operands, chunk by chunk, into room that the caller keeps.

use super::super::stop::Stop;
use super::{Floor, Lane, Lanes, Real};
use pulp::{Simd, WithSimd};
use std::ops::Range;
use std::slice::ChunksExact;

/// The most rows of a tile.
const TALL: usize = 6;

/// Fewer rows than this need more than two lanes of columns to hide the latency of a multiply-add.
pub const FEW: usize = 4;

/// Columns of a panel: a multiple of every lane's width, a cache line of f32.
const PANEL: usize = 16;

/// Steps of the inner index that are packed in one go. The next chunk goes on from what C holds, which keeps the order of
/// the sum.
const CHUNK: usize = 256;

/// How wide a tile is on some vectors: the one place that knows.
///
/// | vectors | registers | lanes beside each other in a tile of 4 or 6 rows | registers that hold sums |
/// | --- | --- | --- | --- |
/// | AVX2 | 16 | 2 | 12 |
/// | AVX-512, NEON | 32 | 4 | 24 |
///
/// A tile of one row has 8 lanes and one of two rows 4, on any: so many sums hide the latency of a multiply-add.
#[inline(always)]
const fn has_many_registers<S: Simd>() -> bool {
    S::REGISTER_COUNT >= 32
}

/// Columns that all rows pass by before the next ones are taken: a tile's, in whole panels.
#[inline(always)]
const fn part_columns<T: Real, S: Simd>() -> usize {
    let lanes = if has_many_registers::<S>() { 4 } else { 2 };
    (lanes * T::Lane::<S>::WIDTH).next_multiple_of(PANEL)
}

/// Steps of the inner index that all rows pass by: those columns' share of them, 4,096 values, stays in the first-level
/// cache, or twice as many where vectors are wide and that cache is larger.
#[inline(always)]
const fn part_steps<T: Real, S: Simd>() -> usize {
    if part_columns::<T, S>() > 2 * PANEL {
        CHUNK / 2
    } else {
        CHUNK
    }
}

/// Rows that pass by a panel before the next panel is taken: their share of C stays in the second-level cache. 16 strips.
const ROWS: usize = 96;

/// A matrix that is read: element (row, column) lies at `data[row · row_stride + column · column_stride]`.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    /// The elements.
    pub data: &'a [T],
    /// How far apart rows lie.
    pub row_stride: usize,
    /// How far apart columns lie.
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after another, `columns` wide.
    pub fn rows(data: &'a [T], columns: usize) -> Self {
        Self {
            data,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose of rows one after another, `columns` wide.
    pub fn transposed(data: &'a [T], columns: usize) -> Self {
        Self {
            data,
            row_stride: 1,
            column_stride: columns,
        }
    }
}

/// What the sum of each element begins with.
#[derive(Clone, Copy)]
pub enum Start<'a, T> {
    /// 0.
    Zero,
    /// The same row for every row of C: a bias.
    Row(&'a [T]),
    /// What C holds.
    Current,
}

/// The sizes of a product: C is `rows` × `columns`, and 0 where it would be smaller than `floor`.
#[derive(Clone, Copy)]
pub struct Size {
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A and rows of B.
    pub inner: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// What C holds: values or adjoints.
    pub floor: Floor,
}

/// B, `[inner, columns]`, laid out for [`product_with`]; and what its products are, values or adjoints.
#[derive(Clone, Debug)]
pub struct Panels<T> {
    inner: usize,
    columns: usize,
    floor: Floor,
    layout: Layout,
    data: Aligned<T>,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    /// B's rows, one after another.
    Rows,
    /// Panel after panel of [`PANEL`] columns, each row by row, the last one filled up with zeros.
    Panels,
}

impl<T: Real> Panels<T> {
    /// Room for B, `[inner, columns]`.
    pub fn new(inner: usize, columns: usize, floor: Floor) -> Self {
        Self {
            inner,
            columns,
            floor,
            layout: Layout::Rows,
            data: Aligned::new(inner * columns.next_multiple_of(PANEL)),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(inner: usize, columns: usize) -> u128 {
        Aligned::<T>::bytes(inner as u128 * columns.next_multiple_of(PANEL) as u128)
    }

    /// Takes B from where it is. `rows` is how many rows of A it will meet at a time: it decides the layout, and thereby
    /// the speed, not the results.
    pub fn set(&mut self, rows: usize, from: Matrix<'_, T>) {
        if rows < FEW {
            // Few rows take many columns at a time, which lie side by side in B's own rows.
            self.layout = Layout::Rows;
            let all = self.inner * self.columns;
            pack(from, 0..self.columns, &mut self.data.values_mut()[..all]);
        } else {
            self.layout = Layout::Panels;
            pack_panels(from, self.inner, self.columns, self.data.values_mut());
        }
    }
}

/// Room for what [`sum_over_steps`] packs.
#[derive(Clone, Debug)]
pub struct Packing<T> {
    strips: Aligned<T>,
    panels: Aligned<T>,
}

impl<T: Real> Packing<T> {
    /// Room for products of at most that many rows and columns.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self {
            strips: Aligned::new(CHUNK * rows),
            panels: Aligned::new(CHUNK * columns.next_multiple_of(PANEL)),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(rows: usize, columns: usize) -> u128 {
        let of = |width| Aligned::<T>::bytes(CHUNK as u128 * width as u128);
        of(rows) + of(columns.next_multiple_of(PANEL))
    }
}

/// C ← `start` + A B.
///
/// `b` has its columns side by side, `b_stride` from row to row; `c` likewise.
#[allow(
    clippy::too_many_arguments,
    reason = "three matrices and their strides"
)]
pub fn product<T: Real>(
    lanes: Lanes,
    size: Size,
    a: Matrix<'_, T>,
    b: &[T],
    b_stride: usize,
    start: Start<'_, T>,
    c: &mut [T],
    c_stride: usize,
) {
    if size.rows == 0 || size.columns == 0 {
        return;
    }
    let whole = size.inner * b_stride;
    if b.len() < whole && size.inner > 1 {
        // The last row of B ends with its last column; it then is a product of its own.
        let before = size.inner - 1;
        let first = Size {
            inner: before,
            floor: Floor::Open,
            ..size
        };
        product(lanes, first, a, b, b_stride, start, c, c_stride);
        let last = Size { inner: 1, ..size };
        let a = Matrix {
            data: &a.data[before * a.column_stride..],
            ..a
        };
        let b = &b[before * b_stride..];
        product(lanes, last, a, b, b.len(), Start::Current, c, c_stride);
        return;
    }
    let b = InRows {
        data: &b[..whole.min(b.len())],
        stride: b_stride.min(b.len()),
    };
    if a.column_stride == 1 {
        let (data, stride) = (a.data, a.row_stride);
        let a = AlongRows { data, stride };
        run(lanes, size, a, b, start, c, c_stride);
    } else {
        run(lanes, size, a, b, start, c, c_stride);
    }
}

/// C ← `start` + A B, with `rows` rows of A that lie `a_stride` apart, `b` laid out beforehand, and `c_stride` from row to
/// row of C.
#[allow(
    clippy::too_many_arguments,
    reason = "three matrices and their strides"
)]
pub fn product_with<T: Real>(
    lanes: Lanes,
    rows: usize,
    a: &[T],
    a_stride: usize,
    b: &Panels<T>,
    start: Start<'_, T>,
    c: &mut [T],
    c_stride: usize,
) {
    let size = Size {
        rows,
        inner: b.inner,
        columns: b.columns,
        floor: b.floor,
    };
    let a = AlongRows {
        data: a,
        stride: a_stride,
    };
    let data = b.data.values();
    match b.layout {
        Layout::Rows => {
            let stride = b.columns;
            run(lanes, size, a, InRows { data, stride }, start, c, c_stride);
        }
        Layout::Panels => {
            run(lanes, size, a, InPanels(data, b.inner), start, c, c_stride);
        }
    }
}

/// A₁ B₁ + A₂ B₂ with what [`product_with`] takes as A and B: A's rows, how far apart they lie, and B.
#[derive(Clone, Copy)]
pub struct Factors<'a, T> {
    /// A's rows.
    pub a: &'a [T],
    /// How far apart they lie.
    pub a_stride: usize,
    /// B.
    pub b: &'a Panels<T>,
}

/// C ← `row` + A₁ B₁ + A₂ B₂, summed in this order: what [`product_with`] gives if it is called for the first product with
/// the start `row` and then for the second.
pub fn product_with_both<T: Real>(
    lanes: Lanes,
    rows: usize,
    row: &[T],
    first: Factors<'_, T>,
    second: Factors<'_, T>,
    c: &mut [T],
    c_stride: usize,
) {
    let b = second.b;
    let size = Size {
        rows,
        inner: b.inner,
        columns: b.columns,
        floor: b.floor,
    };
    let a = AlongRows {
        data: second.a,
        stride: second.a_stride,
    };
    let data = b.data.values();
    match (b.layout, first.b.layout) {
        (Layout::Panels, Layout::Panels) => {
            let start = After {
                row,
                a: first.a,
                a_stride: first.a_stride,
                panels: first.b.data.values(),
                inner: first.b.inner,
                passed: false,
            };
            run(lanes, size, a, InPanels(data, b.inner), start, c, c_stride);
        }
        // Few rows: in two goes, the first of which leaves the sum open.
        _ => {
            let start = Start::Row(row);
            let Factors { a, a_stride, b } = first;
            assert_eq!(b.floor, Floor::Open);
            product_with(lanes, rows, a, a_stride, b, start, c, c_stride);
            let Factors { a, a_stride, b } = second;
            product_with(lanes, rows, a, a_stride, b, Start::Current, c, c_stride);
        }
    }
}

/// What [`product`] computes, faster where the inner index is long and neither side is narrow; it ends early once `stop` is
/// asked to.
#[allow(
    clippy::too_many_arguments,
    reason = "three matrices, their strides and room"
)]
pub fn sum_over_steps<T: Real>(
    lanes: Lanes,
    size: Size,
    a: Matrix<'_, T>,
    b: &[T],
    b_stride: usize,
    start: Start<'_, T>,
    c: &mut [T],
    c_stride: usize,
    packing: &mut Packing<T>,
    stop: Option<&Stop>,
) {
    if size.rows < FEW || size.columns == 0 || size.inner == 0 {
        product(lanes, size, a, b, b_stride, start, c, c_stride);
        return;
    }
    for from in (0..size.inner).step_by(CHUNK) {
        if stop.is_some_and(Stop::is_asked) {
            return;
        }
        let inner = CHUNK.min(size.inner - from);
        let panels =
            &mut packing.panels.values_mut()[..inner * size.columns.next_multiple_of(PANEL)];
        let b = Matrix::rows(&b[from * b_stride..], b_stride);
        pack_panels(b, inner, size.columns, panels);
        let strips = &mut packing.strips.values_mut()[..inner * size.rows];
        let a = Matrix {
            data: &a.data[from * a.column_stride..],
            ..a
        };
        pack_strips(a, size.rows, inner, strips);
        let (a, b) = (InStrips(strips, inner), InPanels(panels, inner));
        let start = if from == 0 { start } else { Start::Current };
        let floor = if from + inner < size.inner {
            Floor::Open
        } else {
            size.floor
        };
        let size = Size {
            inner,
            floor,
            ..size
        };
        run(lanes, size, a, b, start, c, c_stride);
    }
}

/// Values that begin where a cache line begins: a lane that lies in two lines takes twice as long to read.
#[derive(Debug)]
struct Aligned<T> {
    /// The values, somewhere inside.
    room: Vec<T>,
    count: usize,
}

impl<T: Clone> Clone for Aligned<T> {
    /// Not derived: a copy's values begin elsewhere in its room.
    fn clone(&self) -> Self {
        let mut copy = Self {
            room: self.room.clone(),
            count: self.count,
        };
        copy.values_mut().clone_from_slice(self.values());
        copy
    }
}

impl<T> Aligned<T> {
    const LINE: usize = 64;

    fn new(count: usize) -> Self
    where
        T: Real,
    {
        Self {
            room: vec![T::ZERO; count + Self::LINE / size_of::<T>()],
            count,
        }
    }

    fn bytes(count: u128) -> u128 {
        count * size_of::<T>() as u128 + Self::LINE as u128
    }

    fn skipped(&self) -> usize {
        let spare = self.room.len() - self.count;
        self.room.as_ptr().align_offset(Self::LINE).min(spare)
    }

    fn values(&self) -> &[T] {
        &self.room[self.skipped()..][..self.count]
    }

    fn values_mut(&mut self) -> &mut [T] {
        let skipped = self.skipped();
        &mut self.room[skipped..][..self.count]
    }
}

/// How tall the next strip is where so many rows are left. There are few heights, since each is compiled for itself.
#[inline(always)]
fn strip_height(left: usize) -> usize {
    match left {
        0 | 1 => left,
        2 | 3 => 2,
        // 8 is twice 4 rather than 6 and 2.
        4 | 5 | 8 => 4,
        _ => TALL,
    }
}

/// One strip of rows, one panel of columns, one chunk of the inner index.
#[derive(Clone)]
struct Part {
    rows: Range<usize>,
    inner: Range<usize>,
    columns: Range<usize>,
}

/// Where A lies.
trait Left<T: Real>: Copy {
    /// The share of A in a part of `HEIGHT` rows.
    fn share<const HEIGHT: usize>(&self, part: &Part) -> impl Tall<T>;
}

/// A part's share of A. A trait, since closures are not always inlined.
trait Tall<T> {
    /// The element in row `row` and column `k` of the part.
    fn at(&self, row: usize, k: usize) -> T;
}

/// Where B lies.
trait Right<T: Real>: Copy {
    /// Whether a part has all columns at once where there are few rows.
    const ALL_COLUMNS: bool;

    /// Row by row the `width` columns of a part from its column `column` on, in `LANES` lanes.
    fn share<L: Lane<Scalar = T>, const LANES: usize>(
        &self,
        token: L::Token,
        part: &Part,
        column: usize,
        width: usize,
    ) -> impl Iterator<Item = [L; LANES]>;
}

/// Rows, so far apart, each a slice.
#[derive(Clone, Copy)]
struct AlongRows<'a, T> {
    data: &'a [T],
    stride: usize,
}

impl<T: Real> Left<T> for AlongRows<'_, T> {
    #[inline(always)]
    fn share<const HEIGHT: usize>(&self, part: &Part) -> impl Tall<T> {
        let mut rows = [&self.data[..0]; HEIGHT];
        for (r, row) in rows.iter_mut().enumerate() {
            let from = (part.rows.start + r) * self.stride + part.inner.start;
            *row = &self.data[from..][..part.inner.len()];
        }
        rows
    }
}

impl<T: Real, const HEIGHT: usize> Tall<T> for [&[T]; HEIGHT] {
    #[inline(always)]
    fn at(&self, row: usize, k: usize) -> T {
        self[row][k]
    }
}

impl<T: Real> Left<T> for Matrix<'_, T> {
    #[inline(always)]
    fn share<const HEIGHT: usize>(&self, part: &Part) -> impl Tall<T> {
        let from = part.rows.start * self.row_stride + part.inner.start * self.column_stride;
        Matrix {
            data: self.data.get(from..).unwrap_or(&[]),
            ..*self
        }
    }
}

impl<T: Real> Tall<T> for Matrix<'_, T> {
    #[inline(always)]
    fn at(&self, row: usize, k: usize) -> T {
        self.data[row * self.row_stride + k * self.column_stride]
    }
}

/// The rows of one strip after those of another, each strip column by column; and how many columns there are.
#[derive(Clone, Copy)]
struct InStrips<'a, T>(&'a [T], usize);

impl<T: Real> Left<T> for InStrips<'_, T> {
    #[inline(always)]
    fn share<const HEIGHT: usize>(&self, part: &Part) -> impl Tall<T> {
        let columns = self.0[part.rows.start * self.1..].as_chunks::<HEIGHT>().0;
        &columns[part.inner.start..][..part.inner.len()]
    }
}

impl<T: Real, const HEIGHT: usize> Tall<T> for &[[T; HEIGHT]] {
    #[inline(always)]
    fn at(&self, row: usize, k: usize) -> T {
        self[k][row]
    }
}

/// Rows, so far apart, all of them that far.
#[derive(Clone, Copy)]
struct InRows<'a, T> {
    data: &'a [T],
    stride: usize,
}

impl<T: Real> Right<T> for InRows<'_, T> {
    const ALL_COLUMNS: bool = true;

    #[inline(always)]
    fn share<L: Lane<Scalar = T>, const LANES: usize>(
        &self,
        token: L::Token,
        part: &Part,
        column: usize,
        width: usize,
    ) -> impl Iterator<Item = [L; LANES]> {
        let rows = &self.data[part.inner.start * self.stride..][..part.inner.len() * self.stride];
        LanesOfRows {
            token,
            rows: rows.chunks_exact(self.stride.max(1)),
            column: part.columns.start + column,
            width,
        }
    }
}

/// Some columns of [`InRows`].
///
/// An iterator of its own, and its rows are counted by hand, since neither closures nor the standard library's adapters are
/// always inlined: vectors that pass through one of them that is not took ten times as long.
struct LanesOfRows<'a, L: Lane, const LANES: usize> {
    token: L::Token,
    rows: ChunksExact<'a, L::Scalar>,
    column: usize,
    width: usize,
}

impl<L: Lane, const LANES: usize> Iterator for LanesOfRows<'_, L, LANES> {
    type Item = [L; LANES];

    #[inline(always)]
    fn next(&mut self) -> Option<[L; LANES]> {
        let row = self.rows.next()?;
        Some(load(self.token, &row[self.column..][..self.width]))
    }
}

/// Panel after panel, as in [`Layout::Panels`]; and how many rows there are.
#[derive(Clone, Copy)]
struct InPanels<'a, T>(&'a [T], usize);

impl<T: Real> Right<T> for InPanels<'_, T> {
    const ALL_COLUMNS: bool = false;

    #[inline(always)]
    fn share<L: Lane<Scalar = T>, const LANES: usize>(
        &self,
        token: L::Token,
        part: &Part,
        column: usize,
        width: usize,
    ) -> impl Iterator<Item = [L; LANES]> {
        let first = part.columns.start + column;
        LanesOfPanels::new(
            token,
            self.0,
            self.1,
            first..first + width,
            part.inner.clone(),
        )
    }
}

/// Some columns of [`InPanels`].
struct LanesOfPanels<'a, L: Lane, const LANES: usize> {
    token: L::Token,
    /// For each lane the rows of its panel.
    panels: [&'a [[L::Scalar; PANEL]]; LANES],
    /// Where in its panel each lane begins.
    columns: [usize; LANES],
    /// Of how many columns there are, if there is only one lane and it is not full.
    width: usize,
    k: usize,
}

impl<'a, L: Lane, const LANES: usize> LanesOfPanels<'a, L, LANES> {
    /// `columns` and `rows` of the panels in `data`, which have `inner` rows.
    #[inline(always)]
    fn new(
        token: L::Token,
        data: &'a [L::Scalar],
        inner: usize,
        columns: Range<usize>,
        rows: Range<usize>,
    ) -> Self {
        let mut panels = [&data.as_chunks::<PANEL>().0[..0]; LANES];
        let mut begins = [0; LANES];
        for (w, (panel, begin)) in panels.iter_mut().zip(&mut begins).enumerate() {
            let column = columns.start + w * L::WIDTH;
            let from = column / PANEL * PANEL * inner;
            *panel = &data[from..].as_chunks::<PANEL>().0[rows.start..][..rows.len()];
            *begin = column % PANEL;
        }
        Self {
            token,
            panels,
            columns: begins,
            width: columns.len(),
            k: 0,
        }
    }
}

impl<L: Lane, const LANES: usize> Iterator for LanesOfPanels<'_, L, LANES> {
    type Item = [L; LANES];

    #[inline(always)]
    fn next(&mut self) -> Option<[L; LANES]> {
        let first = &self.panels[0].get(self.k)?[self.columns[0]..];
        let mut lanes = if self.width < L::WIDTH {
            [L::load_some(self.token, &first[..self.width]); LANES]
        } else {
            [L::load(self.token, first); LANES]
        };
        let mut w = 1;
        while w < LANES {
            lanes[w] = L::load(self.token, &self.panels[w][self.k][self.columns[w]..]);
            w += 1;
        }
        self.k += 1;
        Some(lanes)
    }
}

/// What sums begin with.
trait Begin<T: Real>: Copy {
    /// What the sums of a part begin with; `self` again, but for what lies before the part.
    fn share(self, part: &Part) -> Self;

    /// The sums of a tile of a part, before anything is added: `LANES` registers a row.
    fn sums<L: Lane<Scalar = T>, const HEIGHT: usize, const LANES: usize>(
        &self,
        token: L::Token,
        c: &[T],
        c_stride: usize,
        columns: Range<usize>,
    ) -> [[L; LANES]; HEIGHT];
}

impl<T: Real> Begin<T> for Start<'_, T> {
    #[inline(always)]
    fn share(self, part: &Part) -> Self {
        match self {
            _ if part.inner.start > 0 => Start::Current,
            Start::Row(row) => Start::Row(&row[part.columns.start..]),
            start => start,
        }
    }

    #[inline(always)]
    fn sums<L: Lane<Scalar = T>, const HEIGHT: usize, const LANES: usize>(
        &self,
        token: L::Token,
        c: &[T],
        c_stride: usize,
        columns: Range<usize>,
    ) -> [[L; LANES]; HEIGHT] {
        let mut sums = [[L::splat(token, T::ZERO); LANES]; HEIGHT];
        match self {
            Start::Zero => {}
            Start::Row(row) => sums.fill(load(token, &row[columns])),
            Start::Current => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = load(token, &c[r * c_stride + columns.start..][..columns.len()]);
                }
            }
        }
        sums
    }
}

/// The first product of [`product_with_both`].
#[derive(Clone, Copy)]
struct After<'a, T> {
    row: &'a [T],
    a: &'a [T],
    a_stride: usize,
    /// B as in [`Layout::Panels`].
    panels: &'a [T],
    inner: usize,
    /// Whether C holds this product already, and more.
    passed: bool,
}

impl<T: Real> Begin<T> for After<'_, T> {
    #[inline(always)]
    fn share(self, part: &Part) -> Self {
        Self {
            row: &self.row[part.columns.start..],
            a: &self.a[part.rows.start * self.a_stride..],
            panels: &self.panels[part.columns.start * self.inner..],
            passed: part.inner.start > 0,
            ..self
        }
    }

    #[inline(always)]
    fn sums<L: Lane<Scalar = T>, const HEIGHT: usize, const LANES: usize>(
        &self,
        token: L::Token,
        c: &[T],
        c_stride: usize,
        columns: Range<usize>,
    ) -> [[L; LANES]; HEIGHT] {
        if self.passed {
            return Start::Current.sums(token, c, c_stride, columns);
        }
        let mut sums = [load(token, &self.row[columns.clone()]); HEIGHT];
        let rows = 0..self.inner;
        let b = LanesOfPanels::new(token, self.panels, self.inner, columns, rows);
        let mut k = 0;
        #[allow(clippy::explicit_counter_loop, reason = "see LanesOfRows")]
        for b in b {
            add_products(&mut sums, |r| self.a[r * self.a_stride + k], token, b);
            k += 1;
        }
        sums
    }
}

fn run<T: Real>(
    lanes: Lanes,
    size: Size,
    a: impl Left<T>,
    b: impl Right<T>,
    start: impl Begin<T>,
    c: &mut [T],
    c_stride: usize,
) {
    if size.rows == 0 || size.columns == 0 {
        return;
    }
    lanes.run(Product {
        size,
        a,
        b,
        start,
        c,
        c_stride,
    });
}

struct Product<'a, T, A, B, C> {
    size: Size,
    a: A,
    b: B,
    start: C,
    c: &'a mut [T],
    c_stride: usize,
}

impl<T: Real, A: Left<T>, B: Right<T>, C: Begin<T>> WithSimd for Product<'_, T, A, B, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Size {
            rows,
            inner,
            columns,
            ..
        } = self.size;
        let all = B::ALL_COLUMNS && rows < FEW;
        let width = if all { columns } else { part_columns::<T, S>() };
        let together = part_steps::<T, S>();
        for first in (0..rows).step_by(ROWS) {
            let last = rows.min(first + ROWS);
            // Once even if there is nothing to add: C then is where its sums start.
            for from in (0..inner.max(1)).step_by(together) {
                for column in (0..columns).step_by(width) {
                    let mut row = first;
                    while row < last {
                        let height = strip_height(last - row);
                        let part = Part {
                            rows: row..row + height,
                            inner: from..inner.min(from + together),
                            columns: column..columns.min(column + width),
                        };
                        match height {
                            1 => self.part::<S, 1, 8>(simd, &part),
                            2 => self.part::<S, 2, 4>(simd, &part),
                            4 if has_many_registers::<S>() => self.part::<S, 4, 4>(simd, &part),
                            4 => self.part::<S, 4, 2>(simd, &part),
                            _ if has_many_registers::<S>() => self.part::<S, TALL, 4>(simd, &part),
                            _ => self.part::<S, TALL, 2>(simd, &part),
                        }
                        row += height;
                    }
                }
            }
        }
    }
}

impl<T: Real, A: Left<T>, B: Right<T>, C: Begin<T>> Product<'_, T, A, B, C> {
    /// One part, `LANES` lanes of columns at a time as long as there are so many.
    #[inline(always)]
    fn part<S: Simd, const HEIGHT: usize, const LANES: usize>(&mut self, simd: S, part: &Part) {
        // The sum is whole once the inner index has come to its end.
        let floor = if part.inner.end < self.size.inner {
            Floor::Open
        } else {
            self.size.floor
        };
        let mut tile = Tile {
            part,
            a: self.a.share::<HEIGHT>(part),
            b: self.b,
            start: self.start.share(part),
            c: &mut self.c[part.rows.start * self.c_stride + part.columns.start..],
            c_stride: self.c_stride,
            floor: T::of(floor.size::<T>()),
        };
        let (width, lane) = (part.columns.len(), T::Lane::<S>::WIDTH);
        let mut column = 0;
        while column + LANES * lane <= width {
            tile.sum::<T::Lane<S>, HEIGHT, LANES>(simd, column, LANES * lane);
            column += LANES * lane;
        }
        while LANES > 4 && column + 4 * lane <= width {
            tile.sum::<T::Lane<S>, HEIGHT, 4>(simd, column, 4 * lane);
            column += 4 * lane;
        }
        while LANES > 2 && column + 2 * lane <= width {
            tile.sum::<T::Lane<S>, HEIGHT, 2>(simd, column, 2 * lane);
            column += 2 * lane;
        }
        while column < width {
            tile.sum::<T::Lane<S>, HEIGHT, 1>(simd, column, lane.min(width - column));
            column += lane;
        }
    }
}

/// A part as its tiles see it: everything begins where the part begins.
struct Tile<'a, T, A, B, C> {
    part: &'a Part,
    a: A,
    b: B,
    start: C,
    c: &'a mut [T],
    c_stride: usize,
    /// Sums smaller than this are 0.
    floor: T,
}

impl<T, A, B, C> Tile<'_, T, A, B, C>
where
    T: Real,
    A: Tall<T>,
    B: Right<T>,
    C: Begin<T>,
{
    /// `HEIGHT` × `width` elements of C from `column` on, their sums in `LANES` registers a row. Only a single lane may be
    /// wider than `width`.
    #[inline(always)]
    fn sum<L: Lane<Scalar = T>, const HEIGHT: usize, const LANES: usize>(
        &mut self,
        token: L::Token,
        column: usize,
        width: usize,
    ) {
        let columns = column..column + width;
        let mut sums = self
            .start
            .sums::<L, HEIGHT, LANES>(token, self.c, self.c_stride, columns);
        let mut k = 0;
        #[allow(clippy::explicit_counter_loop, reason = "see LanesOfRows")]
        for b in self.b.share::<L, LANES>(token, self.part, column, width) {
            add_products(&mut sums, |r| self.a.at(r, k), token, b);
            k += 1;
        }
        let (zero, floor) = (L::splat(token, T::ZERO), L::splat(token, self.floor));
        for (r, mut sums) in sums.into_iter().enumerate() {
            for sum in &mut sums {
                *sum = sum.abs().if_less(floor, zero, *sum);
            }
            store(sums, &mut self.c[r * self.c_stride + column..][..width]);
        }
    }
}

/// One term of each sum: the row's element of A times the columns' of B.
#[inline(always)]
fn add_products<L: Lane, const HEIGHT: usize, const LANES: usize>(
    sums: &mut [[L; LANES]; HEIGHT],
    a: impl Fn(usize) -> L::Scalar,
    token: L::Token,
    b: [L; LANES],
) {
    for (r, sums) in sums.iter_mut().enumerate() {
        let a = L::splat(token, a(r));
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = a.mul_add(b, *sum);
        }
    }
}

/// Reads `LANES` lanes, or one that is not full.
#[inline(always)]
fn load<L: Lane, const LANES: usize>(token: L::Token, from: &[L::Scalar]) -> [L; LANES] {
    if from.len() < L::WIDTH {
        return [L::load_some(token, from); LANES];
    }
    let mut lanes = [L::load(token, from); LANES];
    for (w, lane) in lanes.iter_mut().enumerate() {
        *lane = L::load(token, &from[w * L::WIDTH..]);
    }
    lanes
}

/// Writes what [`load`] reads.
#[inline(always)]
fn store<L: Lane, const LANES: usize>(lanes: [L; LANES], into: &mut [L::Scalar]) {
    if into.len() < L::WIDTH {
        lanes[0].store_some(into);
        return;
    }
    for (w, lane) in lanes.into_iter().enumerate() {
        lane.store(&mut into[w * L::WIDTH..]);
    }
}

/// Lays B out in panels, the last one filled up with zeros.
fn pack_panels<T: Real>(b: Matrix<'_, T>, inner: usize, columns: usize, into: &mut [T]) {
    for (panel, column) in into
        .chunks_exact_mut((PANEL * inner).max(1))
        .zip((0..columns).step_by(PANEL))
    {
        let columns = column..columns.min(column + PANEL);
        if columns.len() == PANEL {
            pack(b, columns, panel);
        } else {
            for (k, row) in panel.as_chunks_mut::<PANEL>().0.iter_mut().enumerate() {
                let (values, filling) = row.split_at_mut(columns.len());
                filling.fill(T::ZERO);
                let b = Matrix {
                    data: &b.data[k * b.row_stride..],
                    ..b
                };
                pack(b, columns.clone(), values);
            }
        }
    }
}

/// Lays A out in strips, each column by column.
fn pack_strips<T: Copy>(a: Matrix<'_, T>, rows: usize, inner: usize, into: &mut [T]) {
    let a_transposed = Matrix {
        data: a.data,
        row_stride: a.column_stride,
        column_stride: a.row_stride,
    };
    for first in (0..rows).step_by(ROWS) {
        let last = rows.min(first + ROWS);
        let mut row = first;
        while row < last {
            let strip = row..row + strip_height(last - row);
            row = strip.end;
            let packed = &mut into[strip.start * inner..strip.end * inner];
            pack(a_transposed, strip, packed);
        }
    }
}

/// Copies some columns of a matrix, row by row.
fn pack<T: Copy>(from: Matrix<'_, T>, columns: Range<usize>, into: &mut [T]) {
    // The compiler copies short runs several times faster if it knows their length.
    match columns.len() {
        PANEL if from.column_stride == 1 => pack_runs::<T, PANEL>(from, columns.start, into),
        TALL if from.column_stride == 1 => pack_runs::<T, TALL>(from, columns.start, into),
        4 if from.column_stride == 1 => pack_runs::<T, 4>(from, columns.start, into),
        width => {
            for (k, row) in into.chunks_exact_mut(width.max(1)).enumerate() {
                for (value, column) in row.iter_mut().zip(columns.clone()) {
                    *value = from.data[k * from.row_stride + column * from.column_stride];
                }
            }
        }
    }
}

fn pack_runs<T: Copy, const LEN: usize>(from: Matrix<'_, T>, column: usize, into: &mut [T]) {
    for (k, run) in into.as_chunks_mut::<LEN>().0.iter_mut().enumerate() {
        run.copy_from_slice(&from.data[k * from.row_stride + column..][..LEN]);
    }
}

/// Writes the transpose of `from` (`rows` × `columns`, row-major) into `into`, which is `rows` wide and `stride` from row to row.
pub fn transpose_into<T: Copy>(
    from: &[T],
    rows: usize,
    columns: usize,
    into: &mut [T],
    stride: usize,
) {
    // Some rows at a time, so that what is read and what is written both stay in the cache.
    const TOGETHER: usize = 16;
    for first in (0..rows).step_by(TOGETHER) {
        let rows = first..rows.min(first + TOGETHER);
        for (column, into) in into.chunks_mut(stride.max(1)).take(columns).enumerate() {
            for (value, row) in into[rows.clone()].iter_mut().zip(rows.clone()) {
                *value = from[row * columns + column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, step: f64) -> Vec<f64> {
        (1..=count).map(|i| (step * i as f64).sin()).collect()
    }

    /// bias + A B, every sum written out in order.
    fn in_order(size: Size, a: &[f64], b: &[f64], bias: &[f64]) -> Vec<f64> {
        let mut c = bias.repeat(size.rows);
        for r in 0..size.rows {
            for column in 0..size.columns {
                let sum = &mut c[r * size.columns + column];
                for k in 0..size.inner {
                    let b = b[k * size.columns + column];
                    *sum = f64::mul_add(a[r * size.inner + k], b, *sum);
                }
            }
        }
        c
    }

    /// Every product, layout and start against `in_order`, bit for bit and on both widths.
    fn all_equal_the_sum_in_order(rows: usize, inner: usize, columns: usize) {
        let size = Size {
            rows,
            inner,
            columns,
            floor: Floor::Value,
        };
        let a = numbers(rows * inner, 0.7);
        let b = numbers(inner * columns, 0.3);
        let bias = numbers(columns, 1.1);
        let expected = in_order(size, &a, &b, &bias);
        let mut a_transposed = vec![0.0; a.len()];
        transpose_into(&a, rows, inner, &mut a_transposed, rows);
        let mut b_transposed = vec![0.0; b.len()];
        transpose_into(&b, inner, columns, &mut b_transposed, inner);
        // B among other columns, ending with its last one.
        let apart = columns + 3;
        let mut b_apart = vec![9.0; (inner * apart).saturating_sub(3)];
        for (to, from) in b_apart.chunks_mut(apart).zip(b.chunks(columns.max(1))) {
            to[..columns].copy_from_slice(from);
        }
        let mut panels = Panels::new(inner, columns, Floor::Value);
        let mut packing = Packing::new(rows, columns);

        for lanes in Lanes::all() {
            for laid_out_for in [1, rows, 100] {
                for b in [
                    Matrix::rows(&b, columns),
                    Matrix::transposed(&b_transposed, inner),
                ] {
                    panels.set(laid_out_for, b);
                    let (bias, mut c) = (Start::Row(&bias[..]), vec![9.0; rows * columns]);
                    product_with(lanes, rows, &a, inner, &panels, bias, &mut c, columns);
                    assert_eq!(c, expected, "{rows} × {inner} × {columns}");
                }
            }
            for a in [
                Matrix::rows(&a, inner),
                Matrix::transposed(&a_transposed, rows),
            ] {
                for start in [Start::Row(&bias[..]), Start::Current] {
                    let check = |compute: &mut dyn FnMut(&mut [f64])| {
                        let mut c = match start {
                            Start::Current => bias.repeat(rows),
                            _ => vec![9.0; rows * columns],
                        };
                        compute(&mut c);
                        assert_eq!(c, expected, "{rows} × {inner} × {columns}");
                    };
                    check(&mut |c| product(lanes, size, a, &b, columns, start, c, columns));
                    check(&mut |c| product(lanes, size, a, &b_apart, apart, start, c, columns));
                    for (b, stride) in [(&b, columns), (&b_apart, apart)] {
                        check(&mut |c| {
                            let room = &mut packing;
                            sum_over_steps(
                                lanes, size, a, b, stride, start, c, columns, room, None,
                            );
                        });
                    }
                }
            }
        }
    }

    #[test]
    fn every_height_and_width_of_tile_sums_in_order() {
        for rows in 1..=13 {
            for columns in [1, 3, 4, 8, 16, 31, 70] {
                all_equal_the_sum_in_order(rows, 5, columns);
            }
        }
    }

    #[test]
    fn short_and_long_inner_indices_sum_in_order() {
        for inner in [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3] {
            all_equal_the_sum_in_order(3, inner, 5);
            all_equal_the_sum_in_order(7, inner, 18);
        }
    }

    #[test]
    fn many_strips_sum_in_order() {
        for rows in [ROWS, ROWS + 1, ROWS + 2, 2 * ROWS + 8] {
            all_equal_the_sum_in_order(rows, 9, PANEL + 1);
        }
    }

    #[test]
    fn nothing_to_compute_is_no_harm() {
        for (rows, columns) in [(0, 3), (3, 0), (5, 0)] {
            for inner in [0, 2, CHUNK + 1] {
                all_equal_the_sum_in_order(rows, inner, columns);
            }
        }
    }

    #[test]
    fn two_products_at_once_are_the_two_one_after_the_other() {
        for rows in [1, 3, 4, 6, 7, 32] {
            for (first, second) in [(1, 5), (0, 3), (17, 0), (9, CHUNK + 2)] {
                for columns in [1, 16, 37] {
                    let [a_1, a_2] = [first, second].map(|inner| numbers(rows * inner, 0.7));
                    let both = [(first, Floor::Open), (second, Floor::Value)];
                    let [b_1, b_2] = both.map(|(inner, floor)| {
                        let b = numbers(inner * columns, 0.3);
                        let mut panels = Panels::new(inner, columns, floor);
                        panels.set(rows, Matrix::rows(&b, columns));
                        panels
                    });
                    let row = numbers(columns, 1.1);
                    let mut expected = vec![9.0; rows * columns];
                    let (lanes, start) = (Lanes::plain(), Start::Row(&row[..]));
                    product_with(
                        lanes,
                        rows,
                        &a_1,
                        first,
                        &b_1,
                        start,
                        &mut expected,
                        columns,
                    );
                    let (a, start) = (&a_2, Start::Current);
                    product_with(lanes, rows, a, second, &b_2, start, &mut expected, columns);
                    let factors = |a, a_stride, b| Factors { a, a_stride, b };
                    for lanes in Lanes::all() {
                        let (one, two) = (factors(&a_1, first, &b_1), factors(&a_2, second, &b_2));
                        let mut c = vec![9.0; rows * columns];
                        product_with_both(lanes, rows, &row, one, two, &mut c, columns);
                        assert_eq!(c, expected, "{rows} × ({first} + {second}) × {columns}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_copy_of_aligned_values_is_equal() {
        let mut kept = Vec::new();
        for count in 0..40 {
            let mut values = Aligned::new(count);
            values.values_mut().copy_from_slice(&numbers(count, 0.7));
            kept.push(values.clone());
            assert_eq!(kept[count].values(), numbers(count, 0.7));
        }
    }

    /// The gaps between the rows of C stay as they are.
    #[test]
    fn only_c_is_written() {
        let size = Size {
            rows: 5,
            inner: 2,
            columns: 3,
            floor: Floor::Value,
        };
        let (a, b) = (numbers(10, 0.7), numbers(6, 0.3));
        let mut c = [9.0; 5 * 4];
        let a = Matrix::rows(&a, 2);
        product(Lanes::detect(), size, a, &b, 3, Start::Zero, &mut c, 4);
        assert!(c.chunks(4).all(|row| row[3] == 9.0 && row[..3] != [9.0; 3]));
    }
}
