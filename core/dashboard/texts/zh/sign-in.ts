import type { signIn as en } from '../en/sign-in.ts'

export const signIn: typeof en = {
  title: '登录',
  withProvider: (name) => `使用 ${name} 登录`,
  atProvider: '同时在身份提供商处退出',
  token: '令牌',
  tokenHint: '请输入 API 令牌。本机的管理员令牌保存在数据文件夹或 HOOKLINE_ADMIN_TOKEN 中。',
  linkHint: '手边没有令牌时，此命令会打印一个登录链接：',
  submit: '登录',
  continue: '打开控制台',
  codeTitle: '打开控制台',
  codeHint: '此链接以本节点管理员身份登录，只能使用一次。',
  wrongToken: '此令牌无效。',
  wrongCode: '此链接已被使用，或已超过 15 分钟。',
  tooMany: '错误的令牌过多，请一分钟后再试。',
}
