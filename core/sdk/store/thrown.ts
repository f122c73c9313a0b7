export { errorMessageOf } from '../../kit/thrown.ts'
