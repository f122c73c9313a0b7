/**
 * The getters of a class, to be defined on each of its objects: conditions, copies and JSON see only own fields. A literal
 * with getters has them too, but makes new functions each time. The engine keeps these, and what they refer to, until it
 * collects all of its memory.
 */
export function ownGetters(prototype: object): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([, { get }]) => get !== undefined)
      .map(([name, getter]) => [name, { ...getter, enumerable: true }]),
  )
}
