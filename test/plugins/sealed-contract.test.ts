import { describe, it } from 'vitest'
import { testStore } from '../contracts/store.ts'
import { createSealed } from './create-sealed.ts'

// Whatever a store must do, it does with everything sealed.
testStore({ describe, it }, { name: 'sqlite, sealed', create: createSealed })
