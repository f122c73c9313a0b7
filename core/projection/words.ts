/** Characters of a text that are searched. */
const MAX_TEXT = 1_000
/** A longer word counts as its beginning. */
const MAX_WORD = 64
const WORD = /[\p{L}\p{M}\p{N}]+/gu
const ASCII = /^[\0-\x7f]*$/
const ASCII_WORD = /[a-z\d]+/g
/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+/gu
/** A hash, such as the id of a commit, and what may be its beginning. */
const HASH = /^[\da-f]{16,}$/
const HASH_BEGINNING = /^[\da-f]{7,}$/
/** As long as people write the beginning of a hash: 7 characters, or 12 to be sure. */
const BEGINNINGS = [12, 7] as const

/**
 * The words of a text, each once, in lower case. Anything but letters and digits separates words. Where a script has no
 * spaces, each two characters in a row are a word: what people look for is found wherever it begins.
 */
export function wordsOf(text: string): readonly string[] {
  const searched = text.slice(0, MAX_TEXT)
  if (ASCII.test(searched)) return asciiWordsOf(searched)
  const words = new Set<string>()
  for (const [word] of searched.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    for (const unspaced of word.match(UNSPACED) ?? []) {
      for (const pair of pairsOf(unspaced)) words.add(pair)
    }
    for (const rest of word.replace(UNSPACED, ' ').split(' ')) {
      if (rest !== '') words.add(beginning(rest, MAX_WORD))
    }
  }
  return [...words]
}

/** `wordsOf` for most texts, without the tables of Unicode. */
function asciiWordsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(ASCII_WORD) ?? []
  if (words.length === 1 && text.length <= MAX_WORD) return words
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD)))]
}

/** The beginnings that a hash is also found by. None for any other word. */
export function hashBeginnings(word: string): readonly string[] {
  return HASH.test(word) ? BEGINNINGS.map((length) => word.slice(0, length)) : []
}

/** The beginning of a hash that stands for a word as people type it; null if the word cannot be one. */
export function hashBeginning(word: string): string | null {
  const length = BEGINNINGS.find((each) => each <= word.length)
  return length !== undefined && HASH_BEGINNING.test(word) ? word.slice(0, length) : null
}

function pairsOf(text: string): readonly string[] {
  const characters = [...text]
  if (characters.length === 1) return characters
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}

function beginning(word: string, length: number): string {
  return word.length <= length ? word : word.slice(0, length).toWellFormed()
}
