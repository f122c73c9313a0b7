/** Shared with all senders of the populated service. */
export const SECRET = 'the secret of the populated service'
