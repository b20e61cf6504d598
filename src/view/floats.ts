// Arrays of float32 as text, for JSON that holds whole maps: NumPy reads them with
// `np.frombuffer(base64.b64decode(text), '<f4')`.

/** Base64 of little-endian float32; what float32 cannot hold is rounded. */
export function encodeFloats(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] ?? Number.NaN, true);
  const bytes = new Uint8Array(view.buffer);
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; from += 0x8000)
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 0x8000)));
  return btoa(parts.join(''));
}

const decoded = new Map<string, Float32Array>();

/** The numbers of `encodeFloats`. Each text is read once. */
export function decodeFloats(text: string): Float32Array {
  const known = decoded.get(text);
  if (known) return known;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  decoded.set(text, values);
  return values;
}
