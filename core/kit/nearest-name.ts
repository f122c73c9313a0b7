const MAX_DISTANCE = 3
/** Letters of a beginning, such as `timeout` of `timeoutSeconds`. */
const MIN_BEGINNING = 4

/** The name that is most similar to the given one, or the only one that begins with it; null if there is none. */
export function nearestName(given: string, names: Iterable<string>): string | null {
  const all = [...names]
  const wanted = given.toLowerCase()
  const limit = Math.min(MAX_DISTANCE, Math.floor(given.length / 2))
  let nearest: string | null = null
  let least = limit + 1
  for (const name of all) {
    if (Math.abs(name.length - given.length) > limit) continue
    const distance = editDistance(wanted, name.toLowerCase())
    if (distance < least) {
      nearest = name
      least = distance
    }
  }
  if (nearest !== null || given.length < MIN_BEGINNING) return nearest
  const longer = all.filter((name) => name.toLowerCase().startsWith(wanted))
  return longer.length === 1 ? (longer[0] ?? null) : null
}

/** ` Did you mean …?` to append to a message, or an empty text. */
export function suggestion(given: string, names: Iterable<string>): string {
  const nearest = nearestName(given, names)
  return nearest === null ? '' : ` Did you mean \`${nearest}\`?`
}

// Optimal string alignment: two swapped letters count as one edit, unlike in most libraries (Levenshtein).
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? 0
}
