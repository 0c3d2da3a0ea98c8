"""From an instruction in English to goals and a program."""
