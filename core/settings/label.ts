/** A label of a node. It is here without zod, which the command line would load for it alone. */
export const LABEL = /^[A-Za-z0-9][A-Za-z0-9_./=-]{0,62}$/

export const LABEL_RULE =
  'must be 1 to 63 letters, digits or any of `_./=-`, the first a letter or digit'
