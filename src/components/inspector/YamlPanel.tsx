import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { InspectorPanelProps } from './panel-props.ts'
import s from './yaml-panel.module.css'

/** As `kubectl get -o yaml` prints it, keys told from values. */
export default function YamlPanel({ inspection: { yaml } }: InspectorPanelProps) {
  const { t } = useTranslation('panels')
  const [copied, setCopied] = useState(false)
  return (
    <div className={s.yaml}>
      <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(yaml).then(() => setCopied(true))}>
        {t(copied ? 'yaml.copied' : 'yaml.copy')}
      </button>
      <pre>
        {yaml.split('\n').map((line, index) => {
          const key = /^(\s*(?:- )*)([^\s:][^:]*:)(\s.*|)$/.exec(line)
          // Lines have no name of their own, and the list is never reordered.
          return key ? (
            // oxlint-disable-next-line react/no-array-index-key
            <span key={index}>
              {key[1]}
              <b>{key[2]}</b>
              {key[3]}
              {'\n'}
            </span>
          ) : (
            `${line}\n`
          )
        })}
      </pre>
    </div>
  )
}
