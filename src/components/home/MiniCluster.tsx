import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import type { PodLook } from '../../engine/protocol.ts'
import tiles from '../stage/pod-tile.module.css'
import s from './mini-cluster.module.css'

type Mini = readonly [app: string, look: PodLook]

const cluster: readonly { readonly name: string; readonly off?: boolean; readonly pods: readonly Mini[] }[] = [
  {
    name: 'node-1',
    pods: [
      ['web', 'ready'],
      ['api', 'ready'],
      ['db', 'ready'],
    ],
  },
  {
    name: 'node-2',
    off: true,
    pods: [
      ['web', 'terminating'],
      ['api', 'unknown'],
    ],
  },
  {
    name: 'node-3',
    pods: [
      ['web', 'creating'],
      ['api', 'ready'],
      ['job', 'failing'],
    ],
  },
]

/** What the stage looks like, at a glance: the same tiles, standing still. */
export function MiniCluster() {
  const { t } = useTranslation()
  return (
    <div className={s.cluster} role="img" aria-label={t('home.pictureLabel')}>
      {cluster.map(({ name, off, pods }) => (
        <div key={name} className={cx(s.node, off && s.off)}>
          <b>{name}</b>
          <div>
            {pods.map(([app, look]) => (
              <span key={app} className={cx(tiles.tile, s.tile)} data-look={look}>
                {look === 'creating' && <span className={tiles.fill} style={{ transform: 'scaleY(0.55)' }} />}
                {look === 'terminating' && <span className={tiles.sand} style={{ transform: 'scaleY(0.6)' }} />}
                <b>{app}</b>
              </span>
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}
