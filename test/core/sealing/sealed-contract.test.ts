import { describe, it } from 'vitest'
import { testStore } from '../../../core/testing/store.ts'
import { createSealed } from './create-sealed.ts'

// A sealed store must meet the contract of every store.
testStore({ describe, it }, { name: 'sqlite, sealed', create: createSealed })
