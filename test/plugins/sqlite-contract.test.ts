import { describe, it } from 'vitest'
import { testStore } from '../contracts/store.ts'
import { createSqlite } from './create-sqlite.ts'

testStore({ describe, it }, { name: 'sqlite', create: createSqlite })
