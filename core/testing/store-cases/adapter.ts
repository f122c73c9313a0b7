import type { StoreInstance } from '../../contracts/store.ts'

/** How the suite gets the store that it tests. */
export interface StoreAdapter {
  readonly name: string
  create(): Promise<StoreUnderTest>
}

/** An open, empty store. */
export interface StoreUnderTest {
  readonly store: StoreInstance
  /** The store's time, in milliseconds. */
  now(): number
  /** Lets this much time pass for the store. */
  advance(milliseconds: number): void | Promise<void>
  /** Closes the store and opens another over the same data; `dispose` closes that one too. */
  reopen(): Promise<StoreInstance>
  /** Opens another store over the same data, as another node does. Absent: the store cannot. `dispose` closes it too. */
  another?(): Promise<StoreInstance>
  /** Another store over data of its own, not open. Absent: the store cannot be moved. `dispose` removes it too. */
  empty?(): Promise<StoreInstance>
  /** Closes the store and removes its data. */
  dispose(): Promise<void>
}

/** One thing that every store must do. */
export interface StoreCase {
  readonly title: string
  check(tested: StoreUnderTest): Promise<void>
}
