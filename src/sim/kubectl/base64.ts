const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Bytes of standard base64; undefined when the text is none. */
export function decodeBase64(encoded: string): readonly number[] | undefined {
  const clean = encoded.replaceAll(/[\r\n]/g, '')
  if (clean.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(clean)) return undefined
  const bytes: number[] = []
  let bits = 0
  let buffer = 0
  for (const char of clean.replace(/=+$/, '')) {
    buffer = ((buffer << 6) | ALPHABET.indexOf(char)) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes.push((buffer >> bits) & 0xff)
    }
  }
  return bytes
}

export const decodeBase64Size = (encoded: string): number => decodeBase64(encoded)?.length ?? encoded.length

/** The UTF-8 text in standard base64; undefined when it is no base64. */
export function decodeBase64Text(encoded: string): string | undefined {
  const bytes = decodeBase64(encoded)
  if (!bytes) return undefined
  let out = ''
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i]!
    const size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    let code = size === 1 ? first : first & (0xff >> (size + 1))
    for (let j = 1; j < size; j++) code = (code << 6) | ((bytes[i + j] ?? 0) & 0x3f)
    out += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
    i += size
  }
  return out
}
