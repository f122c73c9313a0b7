/** The same function, which makes a value anew only for another key than the last one. */
export function rememberLast<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let last: { readonly key: Key; readonly value: Value } | null = null
  return (key) => {
    if (last === null || last.key !== key) last = { key, value: make(key) }
    return last.value
  }
}
