# coding: latin-1
s = 'a\
b'
