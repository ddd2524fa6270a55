#!/usr/bin/env zsh
# complete.zsh DIRECTORY LINE RESULTS: what an interactive zsh, with the functions of DIRECTORY, offers for the TAB behind
# LINE. RESULTS gets the line as it is then, and after it what was offered.
zmodload zsh/zpty
zpty shell zsh -f -i
# The prompt is seen when the shell reads keys; nothing is typed before.
zpty -w shell "PS1=READY; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -D -u"
zpty -r shell output '*READY*'
zpty -w shell "results=${(q)3}; source ${(q)0:A:h}/offers.zsh"
zpty -r shell output '*READY*'
zpty -n -w shell "$2"$'\t\C-x'
while zpty -r shell output; do :; done
