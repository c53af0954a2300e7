import { Menu, MenuItem, Popover, Separator } from 'react-aria-components'
import { useContext, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { act } from '../../app/engine-client.ts'
import { gesturesFor, nameOf } from '../../app/gestures.ts'
import { menuAsked, selected, type MenuRequest } from '../../app/view-store.ts'
import { WorldContext, worldStore } from '../../app/world-store.ts'
import s from './action-menu.module.css'

/** What can be done to one thing on the stage, at the pointer. */
export default function ActionMenu({ request: { selection, x, y } }: { readonly request: MenuRequest }) {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const anchor = useRef<HTMLSpanElement>(null)
  const gestures = gesturesFor(selection, worldStore.getState()[world])
  const target = nameOf(selection)
  const close = (): void => menuAsked(undefined)
  return (
    <>
      <span ref={anchor} className={s.anchor} style={{ left: x, top: y }} />
      <Popover
        isOpen
        triggerRef={anchor}
        placement="bottom start"
        offset={2}
        onOpenChange={(open) => !open && close()}
        className={s.popover ?? ''}
      >
        <Menu
          aria-label={t('stage.moreActions', { name: target })}
          // A menu that was asked for takes the focus, and gives it back when it closes.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus="first"
          className={s.menu ?? ''}
          onAction={(key) => {
            close()
            const gesture = gestures[Number(key)]
            if (!gesture) {
              selected(selection)
              return
            }
            void act(gesture.action, {
              label: t(`action.${gesture.label}`),
              target,
              ...(gesture.printsTo && { printsTo: gesture.printsTo }),
            })
          }}
        >
          <MenuItem id="inspect" className={s.item ?? ''}>
            {t('action.inspect')}
          </MenuItem>
          <Separator className={s.line ?? ''} />
          {gestures.map((gesture, index) => (
            <MenuItem key={gesture.label} id={index} className={`${s.item} ${gesture.harms ? s.harms : ''}`}>
              {t(`action.${gesture.label}`)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </>
  )
}
