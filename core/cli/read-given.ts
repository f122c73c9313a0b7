import { readFile } from 'node:fs/promises'
import { HooklineError } from '../errors/errors.ts'

/** Reads a file that a command line names. Throws `file_unreadable`. */
export async function readGiven(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new HooklineError('file_unreadable', `${file} cannot be read`, { cause: error })
  }
}
