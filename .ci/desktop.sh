# A desktop of its own for one program: a virtual display, a window manager that gives each window the whole screen, a home
# folder that nobody has used. Sourced by `window` and `screenshot`; ends what it started, and nothing else.

packages=(xvfb openbox xdotool imagemagick libgl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0)

fail() {
  echo "${0##*/}: $*" >&2
  if [ -s "${scratch:-}/stderr" ]; then
    echo "${0##*/}: the program wrote:" >&2
    cat "$scratch/stderr" >&2
  fi
  exit 1
}

# Installs what a desktop has and a bare machine lacks.
install_desktop() {
  local missing=() package root=()
  if ! command -v apt-get >/dev/null; then
    for package in Xvfb openbox xdotool import; do
      command -v "$package" >/dev/null || fail "$package is missing; on Debian it comes with: ${packages[*]}"
    done
    return
  fi
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# The program to start: the one named by RNNSCOPE, or the release build.
find_program() {
  program=${RNNSCOPE:-}
  if [ -z "$program" ]; then
    cargo build --release --quiet
    program=${CARGO_TARGET_DIR:-target}/release/rnnscope
  fi
  program=$(realpath "$program")
}

# start_desktop WIDTHxHEIGHT
start_desktop() {
  scratch=$(mktemp -d)
  started=()
  trap stop_desktop EXIT
  export HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/runtime
  export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache XDG_STATE_HOME=$HOME/.local/state
  mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$XDG_STATE_HOME"
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  unset WAYLAND_DISPLAY WAYLAND_SOCKET DBUS_SESSION_BUS_ADDRESS
  export LIBGL_ALWAYS_SOFTWARE=1 NO_AT_BRIDGE=1

  Xvfb -displayfd 9 -screen 0 "${1}x24" -nolisten tcp 9>"$scratch/display" 2>"$scratch/Xvfb" &
  started+=($!)
  until_true 20 test -s "$scratch/display" || fail "no virtual display: $(cat "$scratch/Xvfb")"
  DISPLAY=:$(cat "$scratch/display")
  export DISPLAY

  cat >"$scratch/openbox.xml" <<'XML'
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
  <applications><application class="*" type="normal"><decor>no</decor><maximized>yes</maximized></application></applications>
</openbox_config>
XML
  openbox --config-file "$scratch/openbox.xml" >"$scratch/openbox" 2>&1 &
  started+=($!)
  until_true 20 is_managed || fail "the window manager did not start: $(cat "$scratch/openbox")"
}

# keep LINE…: what the next launch finds as kept, each line `["name",value]`; see src/platform/fields.rs.
keep() {
  local place=$XDG_DATA_HOME/rnnscope/window-1
  mkdir -p "$place"
  { echo "rnnscope 1"; printf -- '- %s\n' "$@" "[\"end\",$#]"; } >"$place/state"
}

is_managed() { xdotool get_num_desktops >/dev/null 2>&1; }

stop_desktop() {
  local process
  for process in ${running:-} "${started[@]}"; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$scratch"
}

# until_true SECONDS COMMAND…: asks again and again until the command succeeds; fails when the time is up.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

# Starts the program with these arguments and waits until its window is there.
start_program() {
  "$program" "$@" >"$scratch/stdout" 2>"$scratch/stderr" &
  running=$!
  until_true 30 has_window || fail "no window within 30 s"
  # The pointer waits in a corner, where it hovers over nothing.
  xdotool windowactivate --sync "$window" mousemove 0 0
}

has_window() {
  is_running || fail "the program ended before its window was there"
  window=$(xdotool search --onlyvisible --pid "$running" 2>/dev/null | tail -n 1)
  [ -n "$window" ]
}

is_running() { kill -0 "$running" 2>/dev/null; }

# picture FILE: what the window shows.
picture() {
  is_running || fail "the program ended before it was closed"
  import -window "$window" "$1"
}

# A text that is the same for pictures of the same pixels.
pixels() { identify -format '%#' "$1"; }

# steady FILE: waits until the window shows the same twice in half a second, and something at all; keeps it.
steady() {
  until_true 120 is_steady "$1" || fail "the window is blank, or does not come to rest, within 120 s"
}

is_steady() {
  picture "$1"
  sleep 0.5
  picture "$scratch/later.png"
  [ "$(identify -format %k "$1")" -ge 50 ] && [ "$(pixels "$1")" = "$(pixels "$scratch/later.png")" ]
}
