const skip = { skip: 'a message starts nothing and prints nothing' }

/** The programs of `testExecutor` that an executor which only publishes does not have. */
export const NO_PROGRAM = {
  sleep: skip,
  stubborn: skip,
  linger: skip,
  flood: skip,
  'invalid-utf8': skip,
  'close-output': skip,
  'hash-input': skip,
  'echo-args': skip,
  'echo-env': skip,
}
