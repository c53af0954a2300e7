/** The map of the course: ten modules, thirty lessons. */
import type { Text } from '../../engine/protocol.ts'

export interface Lesson {
  /** Name of its folder and of its built-in scenario, from its English title; part of its address. */
  readonly name: string
  /** `L01` … `L30`. */
  readonly id: string
  readonly title: Text
}

export interface Module {
  readonly id: string
  readonly title: Text
  readonly lessons: readonly Lesson[]
}

const slug = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '-')

const lesson = (id: string, ko: string, en: string): Lesson => ({ id, name: slug(en), title: { ko, en } })

export const modules: readonly Module[] = [
  {
    id: 'A',
    title: { ko: '의도한 상태', en: 'Desired state' },
    lessons: [
      lesson('L01', '의도한 상태와 시계', 'Desired state and the clock'),
      lesson('L02', '파드 하나의 여행', 'The journey of one Pod'),
      lesson('L03', '컨트롤 플레인이 멈추면', 'When the control plane stops'),
    ],
  },
  {
    id: 'B',
    title: { ko: '스케줄링: 들어갈 자리', en: 'Scheduling: fit' },
    lessons: [
      lesson('L04', '사용량이 아니라 요청량', 'Requests, not usage'),
      lesson('L05', '0/3 nodes are available 읽기', 'Reading the event'),
      lesson('L06', '조각난 여유', 'Fragmentation'),
      lesson('L07', '점수와 동점', 'Scores and ties'),
    ],
  },
  {
    id: 'C',
    title: { ko: '컨트롤러', en: 'Controllers' },
    lessons: [
      lesson('L08', '레이블이 소유자를 정한다', 'Labels decide ownership'),
      lesson('L09', '롤링 업데이트 산수', 'Rolling update arithmetic'),
      lesson('L10', '막힌 롤아웃과 되돌리기', 'Stuck rollout, undo'),
    ],
  },
  {
    id: 'D',
    title: { ko: '서비스', en: 'Services' },
    lessons: [
      lesson('L11', '서비스는 무엇을 보고 있나', 'What a Service sees'),
      lesson('L12', '종료 중에도 요청이 온다', 'Traffic during termination'),
      lesson('L13', '연결과 요청', 'Connections, not requests'),
    ],
  },
  {
    id: 'E',
    title: { ko: '고장과 회복', en: 'Failure' },
    lessons: [
      lesson('L14', '프로브 셋의 역할', 'Three probes, three jobs'),
      lesson('L15', '한도를 넘으면', 'Over the limit'),
      lesson('L16', '노드가 사라진 뒤 6분', 'Six minutes after a node dies'),
      lesson('L17', '확인할 수 없는 죽음', 'Unconfirmed death'),
    ],
  },
  {
    id: 'F',
    title: { ko: '배치 조종하기', en: 'Steering placement' },
    lessons: [
      lesson('L18', '밀어내기와 끌어당기기', 'Repel and attract'),
      lesson('L19', '퍼뜨리기의 한계', 'Limits of spreading'),
      lesson('L20', '우선순위와 선점', 'Priority and preemption'),
      lesson('L21', '드레인과 PDB', 'Drain and PDB'),
      lesson('L22', '새 노드는 왜 비어 있나', 'Why the new node is empty'),
    ],
  },
  {
    id: 'G',
    title: { ko: '오토스케일링', en: 'Autoscaling' },
    lessons: [lesson('L23', 'HPA의 흔들림', 'HPA flapping')],
  },
  {
    id: 'H',
    title: { ko: '컨트롤 플레인과 etcd', en: 'Control plane and etcd' },
    lessons: [lesson('L24', '정족수와 리더', 'Quorum and leaders'), lesson('L25', 'etcd 백업과 복원', 'Backup and restore')],
  },
  {
    id: 'I',
    title: { ko: 'ECS', en: 'ECS' },
    lessons: [
      lesson('L26', 'ECS 지도', 'A map of ECS'),
      lesson('L27', '제약은 묶고 전략은 애쓴다', 'Constraints bind, strategies try'),
      lesson('L28', '두 배포의 산수', 'Two deployment arithmetics'),
      lesson('L29', '상태 확인과 회로 차단기', 'Health checks and the breaker'),
    ],
  },
  {
    id: 'J',
    title: { ko: '마무리', en: 'Capstone' },
    lessons: [lesson('L30', '게임 데이', 'Game day')],
  },
]

export const lessons: readonly Lesson[] = modules.flatMap((module) => module.lessons)

/** Folders under `src/lessons` with a scenario, found at build time. */
const here: ReadonlySet<string> = new Set(
  Object.keys(import.meta.glob('../../lessons/*/scenario.yaml', { query: '?url' })).flatMap(
    (path) => path.split('/').at(-2) ?? [],
  ),
)

export const isHere = ({ name }: Lesson): boolean => here.has(name)

export const lessonNamed = (name: string): Lesson | undefined => lessons.find((each) => each.name === name)

/** The lesson to offer: the first that is here and not done. */
export const nextLesson = (done: readonly string[]): Lesson | undefined =>
  lessons.find((each) => isHere(each) && !done.includes(each.name)) ?? lessons.find(isHere)
