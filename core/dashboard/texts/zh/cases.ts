import type { cases as en } from '../en/cases.ts'

export const cases: typeof en = {
  title: '用例',
  intro:
    '配置文件旁的 *.hook.yaml 文件：投递以及对它的期望。运行方式与命令 hookline test 相同：重新签名，使用磁盘上的配置文件和托管的部分。不运行任何程序。',
  name: '用例',
  file: '文件',
  verdict: '结果',
  differences: '差异',
  run: '全部运行',
  notRun: '未运行',
  noCase: '不是有效的用例',
  states: { passed: '通过', failed: '失败', skipped: '跳过' },
  counts: (passed, failed, skipped) => `通过：${passed}。失败：${failed}。跳过：${skipped}。`,
  more: (count) => `显示前 ${count} 个。命令 hookline test 会运行全部。`,
  none: '还没有用例',
  noneText: '在配置文件所在的文件夹中，把一个已存储的投递录制为用例：',
}
