import { FieldWords, type FieldWordTable } from './field-words.ts'

const TYPE_META = {
  'v1.TypeMeta': {
    apiVersion: [
      'Which group and version of the API this object is written in, such as v1 or apps/v1; it decides which fields exist.',
      '이 오브젝트를 어떤 API 그룹과 버전으로 썼는지 나타낸다. 예: v1, apps/v1. 쓸 수 있는 필드가 이 값으로 정해진다.',
    ],
    kind: [
      'What the object is, such as Pod or Deployment, in CamelCase; it cannot be changed later.',
      '오브젝트의 종류다. 예: Pod, Deployment. 나중에 바꿀 수 없다.',
    ],
  },
}

/** The words are many and few are ever read: they are fetched when somebody asks what a field does. */
export async function loadFieldWords(): Promise<FieldWords> {
  const parts = await Promise.all([
    import('./field-words/pod.json'),
    import('./field-words/volumes.json'),
    import('./field-words/workloads.json'),
    import('./field-words/cluster.json'),
  ])
  const table: FieldWordTable = Object.assign({}, TYPE_META, ...parts.map((part: { default: FieldWordTable }) => part.default))
  return new FieldWords(table)
}
