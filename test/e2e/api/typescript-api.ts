import { ts } from '@ts-morph/common'

/** The compiler as a library, which `typescript` itself has no longer. */
export default ts
