// Matrices as plain data: a shape and one row-major typed array, so that a block of rows is a view of the same
// memory and nothing has to be copied to be multiplied.

export type Floats = Float32Array | Float64Array;

/** A row-major matrix: element (i, j) is `data[i * columns + j]`. */
export interface Matrix<T extends Floats = Floats> {
  readonly rows: number;
  readonly columns: number;
  readonly data: T;
}

export type Matrix32 = Matrix<Float32Array>;
export type Matrix64 = Matrix<Float64Array>;

/** A matrix over existing values. Throws RangeError if there are not exactly rows · columns of them. */
export function matrixOf<T extends Floats>(rows: number, columns: number, data: T): Matrix<T> {
  if (data.length !== rows * columns)
    throw new RangeError(`${data.length} values do not fill a matrix of ${rows} × ${columns}`);
  return { rows, columns, data };
}

/** A float64 matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix64 {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** A float32 matrix of zeros. */
export function zeros32(rows: number, columns: number): Matrix32 {
  return { rows, columns, data: new Float32Array(rows * columns) };
}

/** Rows `begin` … `end` − 1 as a view: writing to it writes to the matrix. */
export function rowView<T extends Floats>(matrix: Matrix<T>, begin: number, end: number): Matrix<T> {
  const { columns, data } = matrix;
  return { rows: end - begin, columns, data: data.subarray(begin * columns, end * columns) as T };
}

/** One row as a view: (columns). */
export function rowOf<T extends Floats>(matrix: Matrix<T>, row: number): T {
  return rowView(matrix, row, row + 1).data;
}

/** Adds a number to every element of the diagonal, in place, and returns the matrix. */
export function addToDiagonal<T extends Floats>(matrix: Matrix<T>, value: number): Matrix<T> {
  for (let i = 0; i < Math.min(matrix.rows, matrix.columns); i++)
    matrix.data[i * matrix.columns + i]! += value;
  return matrix;
}

/** The named columns, in that order, as a float32 copy: (n, chosen.length). */
export function takeColumns({ rows, columns, data }: Matrix, chosen: readonly number[]): Matrix32 {
  const taken = matrixOf(rows, chosen.length, new Float32Array(rows * chosen.length));
  for (let row = 0, to = 0; row < rows; row++)
    for (const column of chosen) taken.data[to++] = data[row * columns + column]!;
  return taken;
}

/**
 * The named rows, in that order, as a float64 copy.
 *
 * @param matrix (n, D), float32 or float64
 * @returns (indices.length, D), float64
 */
export function takeRows(matrix: Matrix, indices: readonly number[]): Matrix64 {
  const { columns, data } = matrix;
  const taken = zeros(indices.length, columns);
  for (const [row, index] of indices.entries()) {
    if (!(index >= 0 && index < matrix.rows))
      throw new RangeError(`row ${index} of a matrix with ${matrix.rows} rows`);
    taken.data.set(data.subarray(index * columns, (index + 1) * columns), row * columns);
  }
  return taken;
}

/**
 * Means of the columns, taken about the first row. That way the mean of a column whose values are all the same
 * is that value to the last bit, and a mean far from zero costs no digits.
 *
 * @param matrix (n, D) with n ≥ 1
 * @returns (D), float64
 */
export function columnMeans({ rows, columns, data }: Matrix64): Float64Array {
  if (rows === 0) throw new RangeError('the mean of no rows');
  const first = data.subarray(0, columns);
  const sums = new Float64Array(columns);
  for (let row = 1; row < rows; row++)
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      sums[column]! += data[at]! - first[column]!;
  return sums.map((sum, column) => first[column]! + sum / rows);
}

/** Subtracts a vector from every row, in place, and returns the matrix. */
export function subtractFromRows(matrix: Matrix64, vector: Float64Array): Matrix64 {
  const { rows, columns, data } = matrix;
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++) data[at]! -= vector[column]!;
  return matrix;
}

/** The transpose, as a copy. */
export function transpose({ rows, columns, data }: Matrix64): Matrix64 {
  const flipped = zeros(columns, rows);
  // In tiles, since a walk down a long column misses the cache at every step.
  const tile = 32;
  for (let top = 0; top < rows; top += tile)
    for (let left = 0; left < columns; left += tile)
      for (let row = top; row < Math.min(top + tile, rows); row++)
        for (let column = left; column < Math.min(left + tile, columns); column++)
          flipped.data[column * rows + row] = data[row * columns + column]!;
  return flipped;
}
