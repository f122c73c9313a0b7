export { folderFault } from '../../errors/folder-fault.ts'
