module example.com/inifile

go 1.24
