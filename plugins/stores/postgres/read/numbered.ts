/** SQL with a number for each `?`, as Postgres has them. */
export function numbered(sql: string): string {
  let number = 0
  return sql.replace(/\?/g, () => `$${++number}`)
}
