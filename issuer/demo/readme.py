"""README.md of the demonstration's folder: a .txt would be taken for a certificate by `verify`."""

NAME = "README.md"
TEXT = """证印演示 / Zhengyin demonstration
================================

这里的一切都是演示数据：机构、持证人、证件号码和密钥都是虚构的，证书不作任何凭证。
keys/ 中的私钥和 passphrase 中的口令只供演示，切勿用于任何正式系统；再次运行 zhengyin demo 会全部重做。

Everything here is invented: institutions, holders, ID numbers and keys; no certificate is evidence of
anything. The private keys in keys/ and their passphrase are for this demonstration only: never use them
anywhere else. Running zhengyin demo again makes everything anew.

  roster.xlsx                 一份可以签发的名单            a roster that can be issued
  roster.checked.xlsx         签发后标注的同一名单          the same, annotated after issuing
  roster.broken.xlsx          每行一处错误的名单            a roster with one mistake a row
  roster.broken.checked.xlsx  标出每一处错误                the same, with every mistake marked
  rosters/                    其他各类证书的名单            rosters of the other types
  certificates/{number}/      证书文件、PDF 与二维码        certificate files, PDFs and QR codes
  stories/, stories.json      各种情形与应有的结论          situations and the verdict each must get
  trust/                      公布的机构目录与清单          the published registry and lists
  authority/, issuer/, keys/  演示主管部门与机构的内部文件  what the authority and institutions keep

passphrase 也是签发台演示账号的口令 / is also the password of the accounts of the issuing desk:
  ZHENGYIN_SECOND_FACTOR=off zhengyin serve --home issuer --trust trust
"""
