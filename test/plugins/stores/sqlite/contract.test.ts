import { describe, it } from 'vitest'
import { testStore } from '../../../../core/testing/store.ts'
import { createSqlite } from './create-sqlite.ts'

testStore({ describe, it }, { name: 'sqlite', create: createSqlite })
