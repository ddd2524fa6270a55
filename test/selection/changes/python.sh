# shellcheck shell=bash
# Python: bytecode is nobody's and can be made again, as long as what it was made from is the package's.

modules=/usr/lib/python3/dist-packages

# $cached FILE…: their bytecode, of this root's python.
bytecode() {
    python3 -c 'import sys, importlib.util as u; print(u.cache_from_source(sys.argv[1]))' "$1"
}

# As pip does it: the names stay the package's, the contents are not.
change_module_upgraded_in_place() {
    local dir=$modules/requests
    edit "$dir/__init__.py"
    edit "$dir/api.py"
    rm "$dir/hooks.py"
    put "$dir/_new.py" 'x = 1'
    put "$modules/requests-99.dist-info/METADATA" 'Name: requests'
    python3 -m compileall -q "$dir"
    keep "$dir/__init__.py" "$dir/api.py" "$dir/_new.py" "$(bytecode "$dir/_new.py")" "$(bytecode "$dir/api.py")" \
        "$modules/requests-99.dist-info/" "$modules/requests-99.dist-info/METADATA"
    drop "$dir/hooks.py" "$dir/cookies.py" "$(bytecode "$dir/cookies.py")"
}

# Made by the package's postinst; no list has it.
change_bytecode_untouched() {
    drop "$(bytecode $modules/yaml/nodes.py)" "$(bytecode $modules/yaml/events.py)"
}

# Of another python, or optimised; not of this version any more.
change_bytecode_stale() {
    local dir=$modules/jinja2/__pycache__
    put "$dir/lexer.cpython-39.pyc"
    put "$dir/lexer.cpython-311.opt-1.pyc"
    put "$(bytecode $modules/jinja2/utils.py)"
    drop "$dir/lexer.cpython-39.pyc" "$dir/lexer.cpython-311.opt-1.pyc" "$(bytecode $modules/jinja2/utils.py)" \
        $modules/jinja2/lexer.py
}

# All there is of that module.
change_bytecode_without_source() {
    local dir=$modules/jinja2
    put "$dir/__pycache__/gone.cpython-311.pyc"
    put "$dir/alone.pyc"
    put "$dir/__pycache__/lexer.cpython-311.pyc.bak"
    put "$dir/__pycache__/lexer.txt"
    put "$dir/__pycache__/lexer.cpython-38.pyc/data"
    keep "$dir/__pycache__/gone.cpython-311.pyc" "$dir/alone.pyc" "$dir/__pycache__/lexer.cpython-311.pyc.bak" \
        "$dir/__pycache__/lexer.txt" "$dir/__pycache__/lexer.cpython-38.pyc/data"
}

# What it was made from was edited.
change_bytecode_of_modified_source() {
    edit $modules/yaml/loader.py
    python3 -m compileall -q $modules/yaml/loader.py
    keep $modules/yaml/loader.py "$(bytecode $modules/yaml/loader.py)"
}

# And of the administrator's own module.
change_bytecode_of_own_module() {
    put $modules/mine.py 'x = 1'
    python3 -m compileall -q $modules/mine.py
    keep $modules/mine.py "$(bytecode $modules/mine.py)"
}
