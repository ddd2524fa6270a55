# What a server has: rules to exclude by, and paths. For test/bench/run.
# shellcheck shell=bash

# rules_like_a_server: 300 rules: 200 anchored literals, 50 names and endings, 50 anchored with wildcards, a few that keep.
rules_like_a_server() {
    local word
    for word in apt man fontconfig ldconfig samba nginx squid debconf apparmor private app-info pip dnf swcatalog cups motd-news; do
        printf '/var/cache/%s/\n/var/log/%s/\n/var/tmp/%s/\n/run/%s/\n/srv/cache/%s/\n/usr/share/doc/%s/\n' $word $word $word $word $word $word
        printf '/var/lib/%s/db/old\n/var/spool/%s/tmp/\n/opt/%s/build/\n/usr/lib/%s/generated.bin\n/root/.%s/\n' $word $word $word $word $word
    done
    printf '/%s/\n' proc sys dev run tmp mnt media lost+found var/tmp var/run var/lock swap home/lost+found srv/old srv/www/00000/tmp \
        srv/www/00001/tmp srv/www/00002/tmp home/u000/scratch home/u001/scratch home/u002/scratch home/u003/scratch home/u004/scratch \
        home/u005/scratch home/u006/scratch
    printf '*.%s\n' log tmp bak swp swo pyc pyo o lo la a obj class orig rej part crdownload kate-swp dpkg-old dpkg-new dpkg-dist pid sock
    printf '%s\n' '*~' '#*#' '.#*' 'core.[0-9]*' '*.log.[0-9]*' '.*.sw?' '.nfs*' Thumbs.db .DS_Store .directory
    printf '%s/\n' .cache node_modules __pycache__ .tox .mypy_cache .pytest_cache .gradle .m2 .npm .Trash-1000 .thumbnails CacheStorage GPUCache \
        bower_components 'Code Cache' .sass-cache .terraform
    printf '/home/*/%s\n' .cache/ .local/share/Trash/ '.mozilla/firefox/*/cache2/' '.config/*/Cache/' tmp/ .ccache/ .rustup/ .cargo/registry/ go/pkg/ \
        '.xsession-errors*' .wget-hsts '.vnc/*.log' .steam/ 'snap/*/common/.cache/'
    printf '/var/lib/*/%s\n' 'tmp/*' cache/ '*.lock' 'sessions/sess_*' 'journal/*.tmp' overlay2/ 'spool/[0-9]*' 'mail/*/Trash/'
    printf '/srv/www/*/%s\n' 'cache/*' wp-content/cache/ 'tmp/sess_*' var/cache/ 'storage/framework/views/*.php' 'logs/access.log*' typo3temp/ \
        sites/default/files/css/
    printf '/usr/lib/**/%s\n' x.cache gconv-modules.cache '__pycache__/*.pyc' '*.pyc'
    printf '/%s\n' 'var/log/*.gz' 'var/log/**/*.[0-9]' 'var/backups/*.[1-9].gz' 'srv/**/cache-[0-9]*/' 'opt/*/lib/**/test?/' 'boot/*.old' \
        'etc/**/*.dpkg-old' 'var/cache/*/archives/*.deb' 'home/*/public_html/**/tmp/' 'srv/data/**/partial-*' 'var/lib/**/*.db-journal' \
        'usr/share/**/icon-theme.cache'
    printf '!%s\n' /var/log/private/ keep.log '/home/*/tmp/keep' '/srv/www/*/cache/index.html'
}

# paths_like_a_server COUNT: sorted and NUL-terminated, about forty to a directory, three to nine deep.
paths_like_a_server() {
    awk -v count="$1" 'BEGIN {
        srand(1)
        roots = split("home/u%03d srv/www/%05d var/lib/%s usr/lib/%s usr/share/%s srv/data/%s var/log/%s etc/%s opt/%s", root, " ")
        words = split("src lib include doc images img css js wp-content uploads themes plugins mail cur new tmp data archive 2023 2024 2025 " \
            "public_html private .config .local share locale en de LC_MESSAGES modules vendor composer cache node_modules test tests .git " \
            "objects refs hooks main assets fonts languages templates views storage backup python3 dist-packages django perl5 man1 html", word, " ")
        extensions = split("php js css html png jpg gif txt json xml svg py c h so pm md log gz po mo conf ini woff2 ts map pdf eml db yml", extension, " ")
        stems = split("index main class-wp config readme style image photo IMG_ README utils test module message report data Makefile " \
            "package functions template view model controller license header footer", stem, " ")
        for (made = 0; made < count * 1.01;) { # some come twice
            r = root[1 + int(rand() * roots)]
            top = r ~ /%s/ ? sprintf(r, word[1 + int(rand() * words)] int(rand() * 40)) : sprintf(r, int(rand() * 900))
            directory = "/" top
            for (depth = int(rand() * 6); depth > 0; depth--) {
                directory = directory "/" word[1 + int(rand() * words)]
                if (rand() < 0.2) directory = directory int(rand() * 100)
            }
            files = 1 + int(rand() * 79)
            for (i = 0; i < files; i++) {
                name = stem[1 + int(rand() * stems)]
                if (rand() < 0.7) name = name "-" int(rand() * 10000)
                if (rand() < 0.9) name = name "." extension[1 + int(rand() * extensions)]
                printf "%s/%s%c", directory, name, 0
                made++
            }
        }
    }' | LC_ALL=C sort -zu | { head -z -n "$1" && cat >/dev/null; } # sort is to end well
}

# expressions RULES: the same as extended regular expressions for whole paths; a rule that keeps has none.
expressions() {
    grep -v '^!' "$1" | awk '{
        end = sub(/\/$/, "") ? "/" : "(/|$)"
        start = sub(/^\//, "") || /\// ? "^/" : "/"
        gsub(/[.+^$(){}|]/, "\\\\&")
        gsub(/\?/, "[^/]")
        gsub(/\*\*\//, "\001")
        gsub(/\*/, "[^/]*")
        gsub(/\001/, "(.*/)?")
        print start $0 end
    }'
}
