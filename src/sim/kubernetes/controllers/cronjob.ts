import { civilTime, formatTime, parseTime, type Millis } from '../../kernel/time.ts'
import type { ApiObject, ObjectReference } from '../api/types.ts'
import { nextTime, parseSchedule, type Schedule, zoneOffsetMs } from './cron-schedule.ts'
import { deepEqual } from './deep-equal.ts'
import { finishedCondition, type Job, jobCondition, type JobSpec } from './job-types.ts'
import { controllerOf, controllerReference, objectKey, splitKey } from './object-key.ts'
import { isNamespaceTerminating } from './pod-control.ts'
import { type Context, type Controller, DONE, type Outcome, retry } from './runtime/controller.ts'

const CRON_JOBS = 'cronjobs.batch'
const JOBS = 'jobs.batch'
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp'
/** A look comes this long after the time that it is for. */
const START_DELAY_MS: Millis = 100
const MISSED_MAX = 100

interface CronJob extends ApiObject {
  readonly spec: {
    readonly schedule: string
    readonly timeZone?: string
    readonly startingDeadlineSeconds?: number
    readonly concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace'
    readonly suspend?: boolean
    readonly successfulJobsHistoryLimit?: number
    readonly failedJobsHistoryLimit?: number
    readonly jobTemplate: { readonly metadata?: Partial<ApiObject['metadata']>; readonly spec: JobSpec }
  }
  readonly status?: CronJobStatus
}
interface CronJobStatus {
  readonly active?: readonly ObjectReference[]
  readonly lastScheduleTime?: string
  readonly lastSuccessfulTime?: string
}

/** The work of one look at a CronJob. */
interface Look {
  readonly cronJob: CronJob
  readonly jobs: readonly Job[]
  active: readonly ObjectReference[]
  lastScheduleTime: string | undefined
  lastSuccessfulTime: string | undefined
}

const without = (active: readonly ObjectReference[], uid: string | undefined): readonly ObjectReference[] =>
  active.filter((reference) => reference.uid !== uid)

/** Notes what has become of the jobs: finished, gone, or never seen before. */
function takeStock({ api, events }: Context, look: Look): void {
  const { cronJob, jobs } = look
  for (const job of jobs) {
    const isListed = look.active.some(({ uid }) => uid === job.metadata.uid)
    const finished = finishedCondition(job)
    if (!isListed && !finished)
      events.record(
        cronJob,
        'Warning',
        'UnexpectedJob',
        `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
      )
    else if (isListed && finished) {
      look.active = without(look.active, job.metadata.uid)
      events.record(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${finished.type}`)
    }
    const { completionTime } = job.status ?? {}
    if (jobCondition(job, 'Complete') && completionTime && (look.lastSuccessfulTime ?? '') < completionTime)
      look.lastSuccessfulTime = completionTime
  }
  for (const { namespace = '', name = '', uid } of look.active) {
    if (jobs.some(({ metadata }) => metadata.uid === uid)) continue
    const there = api.get(JOBS, namespace, name)
    if (there.ok || there.status.code !== 404) continue
    events.record(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`)
    look.active = without(look.active, uid)
  }
}

/** The latest time up to now that is due, counted from the last start (or the creation), and how many were passed over. */
function latestDue(
  look: Look,
  schedule: Schedule,
  zoneMs: number,
  unixMs: number,
): { readonly at: number | undefined; readonly missed: number } {
  const { metadata, spec } = look.cronJob
  let earliest = parseTime(look.lastScheduleTime) ?? parseTime(metadata.creationTimestamp) ?? unixMs
  if (spec.startingDeadlineSeconds !== undefined) earliest = Math.max(earliest, unixMs - spec.startingDeadlineSeconds * 1000)
  let at: number | undefined
  let missed = 0
  for (
    let time = nextTime(schedule, earliest + zoneMs);
    time !== undefined && time - zoneMs <= unixMs;
    time = nextTime(schedule, time)
  ) {
    at = time - zoneMs
    missed += 1
  }
  return { at, missed }
}

function deleteJob({ api, events }: Context, look: Look, job: ApiObject): boolean {
  const { namespace = '', name, uid } = job.metadata
  look.active = without(look.active, uid)
  const deleted = api.delete(JOBS, namespace, name, { propagationPolicy: 'Background' })
  if (!deleted.ok && deleted.status.code !== 404) {
    events.record(look.cronJob, 'Warning', 'FailedDelete', `Deleted job: ${deleted.status.message}`)
    return false
  }
  events.record(look.cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
  return true
}

/** RFC 1123 with a numeric zone, as the event has it. */
function rfc1123(unixMs: number): string {
  const { year, month, day, hour, minute, second, weekday } = civilTime(unixMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  return `${days[weekday]}, ${two(day)} ${months[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)} +0000`
}

/** Starts a job if one is due and may start; returns why it could not. Models syncCronJob (v1.35). */
function startJob(context: Context, look: Look, schedule: Schedule, zoneMs: number): string | undefined {
  const { api, events, unixMs } = context
  const { cronJob } = look
  const { spec, metadata } = cronJob
  const namespace = metadata.namespace ?? ''
  const { at, missed } = latestDue(look, schedule, zoneMs, unixMs)
  if (missed > MISSED_MAX)
    events.record(
      cronJob,
      'Warning',
      'TooManyMissedTimes',
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    )
  if (at === undefined) return undefined
  if (spec.startingDeadlineSeconds !== undefined && at + spec.startingDeadlineSeconds * 1000 < unixMs) {
    events.record(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(at)}`)
    return undefined
  }
  const name = `${metadata.name}-${Math.floor(at / 60_000)}`
  if (look.active.some((reference) => reference.name === name) || look.lastScheduleTime === formatTime(at)) return undefined
  if (spec.concurrencyPolicy === 'Forbid' && look.active.length > 0) {
    events.record(
      cronJob,
      'Normal',
      'JobAlreadyActive',
      'Not starting job because prior execution is running and concurrency policy is Forbid',
    )
    return undefined
  }
  if (spec.concurrencyPolicy === 'Replace')
    for (const { namespace: jobNamespace = '', name: jobName = '' } of look.active) {
      const job = api.get(JOBS, jobNamespace, jobName)
      if (!job.ok) {
        events.record(cronJob, 'Warning', 'FailedGet', `Get job: ${job.status.message}`)
        return job.status.message
      }
      if (!deleteJob(context, look, job.value)) return 'could not replace job'
    }
  const { labels, annotations } = spec.jobTemplate.metadata ?? {}
  const created = api.create(JOBS, namespace, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, [SCHEDULED_AT]: formatTime(at) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: spec.jobTemplate.spec,
  })
  if (!created.ok) {
    if (isNamespaceTerminating(created.status) || created.status.code === 409) return undefined
    events.record(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${created.status.message}`)
    return created.status.message
  }
  events.record(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`)
  const { uid = '', resourceVersion = '' } = created.value.metadata
  look.active = [...look.active, { kind: 'Job', namespace, name, uid, apiVersion: 'batch/v1', resourceVersion }]
  look.lastScheduleTime = formatTime(at)
  return undefined
}

/** Deletes the oldest finished jobs beyond the limits. */
function cleanUp(context: Context, look: Look): void {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = look.cronJob.spec
  const startOf = (job: Job): string => `${job.status?.startTime ?? ''} ${job.metadata.name}`
  for (const [type, limit] of [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const) {
    const finished = look.jobs.filter((job) => jobCondition(job, type)).toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1))
    for (const job of finished.slice(0, Math.max(0, finished.length - limit))) deleteJob(context, look, job)
  }
}

function sync(context: Context, key: string): Outcome {
  const { api, cache, events } = context
  const [namespace, name] = splitKey(key)
  const cronJob = cache.get(CRON_JOBS, namespace, name) as unknown as CronJob | undefined
  if (!cronJob) return DONE
  const jobs = (cache.listNamespace(JOBS, namespace) as unknown as readonly Job[]).filter(
    (job) => controllerOf(job)?.uid === cronJob.metadata.uid,
  )
  const { status = {} } = cronJob
  const look: Look = {
    cronJob,
    jobs,
    active: status.active ?? [],
    lastScheduleTime: status.lastScheduleTime,
    lastSuccessfulTime: status.lastSuccessfulTime,
  }
  cleanUp(context, look)
  takeStock(context, look)
  let refused: string | undefined
  let wait: Millis | undefined
  if (!cronJob.metadata.deletionTimestamp) {
    const schedule = parseSchedule(cronJob.spec.schedule)
    const zoneMs = zoneOffsetMs(cronJob.spec.timeZone)
    if (zoneMs === undefined)
      events.record(
        cronJob,
        'Warning',
        'UnknownTimeZone',
        `invalid timeZone: "${cronJob.spec.timeZone}": unknown time zone ${cronJob.spec.timeZone}`,
      )
    else if (!cronJob.spec.suspend && !schedule)
      events.record(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${cronJob.spec.schedule}"`)
    else if (!cronJob.spec.suspend) {
      refused = startJob(context, look, schedule!, zoneMs)
      const next = nextTime(schedule!, context.unixMs + zoneMs)
      if (next !== undefined) wait = next - zoneMs + START_DELAY_MS - context.unixMs
    }
  }
  const { active, lastScheduleTime, lastSuccessfulTime } = look
  const after: CronJobStatus = {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  }
  if (!deepEqual(status, after)) {
    const written = api.update(
      CRON_JOBS,
      namespace,
      name,
      { ...cronJob, status: after },
      {
        subresource: 'status',
      },
    )
    if (!written.ok && written.status.code !== 404) refused ??= written.status.message
  }
  if (refused !== undefined) return retry(refused)
  return wait === undefined ? DONE : { againMs: Math.max(1, wait) }
}

/** Starts Jobs by the clock. Models pkg/controller/cronjob (v1.35). Simplified: time zones without summer time only. */
export const cronJobController: Controller = {
  name: 'cronjob-controller',
  workers: 5,
  watches: {
    [CRON_JOBS]: ({ type, object }, { enqueue }) => {
      if (type !== 'DELETED') enqueue(objectKey(object))
    },
    [JOBS]: ({ object }, { enqueue }) => {
      const owner = controllerOf(object)
      if (owner?.kind === 'CronJob') enqueue(`${object.metadata.namespace}/${owner.name}`)
    },
  },
  reconcile: sync,
}
