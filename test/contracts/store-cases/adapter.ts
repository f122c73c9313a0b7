import type { StoreInstance } from '../../../core/index.ts'

/** How the suite gets at the store that it tests. */
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
  /** Opens one more over the same data, as another node would, where the store can; `dispose` closes it too. */
  another?(): Promise<StoreInstance>
  /** One more over data of its own, not open, where the store can be moved; `dispose` closes and removes it too. */
  empty?(): Promise<StoreInstance>
  /** Closes the store and removes its data. */
  dispose(): Promise<void>
}

/** One thing that every store must do. */
export interface StoreCase {
  readonly title: string
  check(tested: StoreUnderTest): Promise<void>
}
