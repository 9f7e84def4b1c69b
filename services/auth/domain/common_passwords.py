"""The passwords that are tried first: words that are dressed up, rows of keys, and a list of classics."""

# ruff: noqa: SIM905 - lists of words read best as words

from typing import Final

# With digits and signs around them and figures for letters, these make most of every leaked list.
STEMS: Final = frozenset(
    """
    abcdef abcdefg abcdefgh access account administrator adminadmin airplane alexander america amanda andrea andrew
    angel angels anthony apple arsenal asdf asdfgh asdfghj asdfghjk asdfghjkl ashley austin autumn babygirl bailey
    banana barcelona baseball basketball batman beautiful biteme blessed blink bond bonjour boomer brandon brasil
    buster butterfly calvin canada caroline charlie charlotte cheese chelsea chicken chocolate chris christian
    christopher computer confidential cookie corvette cowboy cowboys daniel danielle dallas database default diamond
    dolphin dragon eagles elephant elizabeth eminem enterprise everton extreme facebook falcon family ferrari
    fishing flower football forever freedom friend friends fuckoff fuckyou gandalf gateway george gfhjkm ginger
    google guest hallo hannah harley hello helloworld heather hockey hunter iloveu iloveyou internet jasmine jackson
    jennifer jessica jesus jonathan jordan joshua justin killer kimberly knight ladybug lakers letmein letmeinnow
    liberty liverpool login london lovely loveme lover lucky madison madrid manchester marina marlboro martin master
    matrix matthew maverick mercedes merlin michael michelle microsoft mickey midnight minecraft monday monkey
    monster morgan mother motorola mustang mypassword naruto natasha newpassword nicole nintendo nothing october
    olivia orange packers panther pass passphrase passw passwd password passwords passwort patrick peaches pepper
    phoenix player please pokemon porsche prince princess private purple pussycat qazwsx qazwsxedc qwer qwert qwerty
    qwertyu qwertyui qwertyuio qwertyuiop qwertz rachel raiders rainbow ranger rebecca redsox richard robert root
    rosebud russia samantha samsung sandra scooter scorpion secret secure security shadow silver simple slipknot
    smokey snoopy soccer sophie spiderman spring starwars startrek steelers steven summer sunflower sunshine
    superman superstar support sweet system taylor teacher tennis test tester testing testtest thomas thunder
    tiffany tigger tinkerbell toyota trinity trustno turtle undertaker vanessa victoria victory wachtwoord welcome
    welkom whatever william willow windows winner winter wizard yankees yellow zaqwsx zxcvbn zxcvbnm
    """.split()
)

_DIGITS: Final = "1234567890"
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _zigzag(one: str, other: str) -> str:
    return "".join(a + b for a, b in zip(one, other, strict=False))


ROWS: Final = (
    _DIGITS * 20,
    "0123456789" * 20,
    _ALPHABET * 8,
    "".join(_KEYS) * 8,
    "qwertzuiopasdfghjklyxcvbnm" * 8,
    "azertyuiopqsdfghjklmwxcvbn" * 8,
    _DIGITS + "".join(_KEYS),
    *(key * 20 for key in _KEYS),
    *(_zigzag(_DIGITS, row) for row in _KEYS),
    *(_zigzag(row, _DIGITS) for row in _KEYS),
    _zigzag(_DIGITS, _ALPHABET),
    _zigzag(_ALPHABET, _DIGITS),
    "".join(a + b + c for a, b, c in zip(*_KEYS, strict=False)) * 2,
    "".join(digit + a + b + c for digit, a, b, c in zip(_DIGITS, *_KEYS, strict=False)) * 2,
    "".join(c + b + a for a, b, c in zip(*_KEYS, strict=False)) * 2,
    "".join(c + b + a + digit for digit, a, b, c in zip(_DIGITS, *_KEYS, strict=False)) * 2,
    "".join(letter * 2 for letter in _ALPHABET),
    "".join(digit * 2 for digit in _DIGITS) * 2,
    "".join(digit * 3 for digit in _DIGITS),
    "".join(digit * 4 for digit in _DIGITS),
    "".join(digit * 5 for digit in _DIGITS),
    "!@#$%^&*()_+",
    "abcdefghij" + _DIGITS,
)

# Classics of ten characters and more that no rule above finds.
LISTED: Final = frozenset(
    """
    00112233445566 01010101010 0192837465 1029384756 1111122222 1111111112 1112131415 11223344556677889900
    1122334455 112233445566 1123581321 1212312121 123123123a 123123123q 1231231234 12341234qwer 1234512345a
    12345678910 123456789101112 1234567891011 123456789a 123456789abc 123456789asd 123456789m 123456789q
    123456789qwe 123456789qwerty 123456789s 123456789z 123456789zxc 12345678abc 12345678qwerty 1234567abc 123456abcd
    123456abcdef 123456qwer 123456qwerty 123654789 1236547890 1234qwer1234 1234qwerasdf 123qweasdzxc 123qwe123qwe
    123abc456def 1357924680 147258369 1472583690 147852369 1478523690 159357159357 159753456852 159753159753
    192837465 1q2w3e4r5t6y 1qaz1qaz1qaz 1qaz2wsx3edc 1qazxsw23edc 20082008 2468101214 2580258025 3141592653
    31415926535 314159265358979 3.14159265 5201314520 741852963 7418529630 789456123 7894561230 789456123a 852456789
    9876543210a 987654321a 987654321q a123456789 a1b2c3d4e5 a1b2c3d4e5f6 aa123456789 aa12345678 ab12345678
    abc1234567 abc12345678 abc123abc123 abc123456789 abcd123456 abcd12345678 abcde12345 abcdef123456 abcdefg1234567
    administrator1 admin12345 admin123456 admin1234567 admin@1234 admin@12345 adminpassword administrador aquarius12
    asd123asd123 asdasdasd123 asdf123456 asdf1234asdf asdfasdf1234 asdf;lkjasdf asdfjkl;asdf asdfqwer1234 backstreet
    badboy1234 baseball12 bienvenue1 bismillah1 bismillah786 blahblahblah bluebird123 bubblegum1 buttercup1
    californi california cameltoe12 carpediem1 chickenwing christmas1 christmas2 cocacola12 cocacola123 computer12
    contrasena contraseña contraseña1 correcthorse correcthorsebatterystaple crazyfrog1 dallascowboys deathnote1
    delphine12 doctorwho1 dragonball dragonball1 dragonballz dragonfire evanescence everything fallenangel
    federation feyenoord1 firefighter football12 forgetit12 forgetmenot frankenstein fuckthisshit fuckyou123
    fuckyou1234 georgebush grandmother greenday12 greatness1 gunsnroses halloween1 harrypotter heineken12 hellokitty
    hello12345 hello123456 hewlettpackard hollywood1 ihatepeople ihateyou12 iloveher12 ilovehim12 ilovejesus
    ilovejesus1 ilovemyself ilovemymom ilovesara1 iloveyou123 iloveyou12 iloveyou143 iloveyou4ever iloveyouforever
    iloveyoumom iloveyousomuch imperial12 intermilan invisible1 ironmaiden jesuschrist jesusislord jesuslovesme
    justinbieber justmarried juventus10 kawasaki12 lacrosse12 lamborghini leedsunited leonardo12 letmein123
    letmein1234 letmein12345 linkinpark linkinpark1 liverpool1 liverpoolfc lollipop12 lordoftherings loveislife
    lovelovelove lovely1234 lovers1234 manchester1 manchesterunited manutd1234 marijuana420 mastercard mercedes12
    metallica1 metallica12 michaeljordan mississippi montecarlo motdepasse motdepasse1 moneymoney mynameis12
    mypassword1 myspace123 myspace1234 mylove1234 newcastle1 newyork123 newyorkcity nirvana123 nopassword nothing123
    onelove123 operations orlando123 p@$$w0rd12 pa55word12 paradise12 pass123456 pass@word1 pass@12345 passpass12
    passw0rd123 password01 password1! password123 password1234 password12345 passwordpassword peanutbutter
    peterpan12 photography planet1234 playstation playstation1 playstation2 playstation3 playstation4 police1234
    poohbear12 popcorn123 portugal12 portugal123 princess12 princess123 q1w2e3r4t5 q1w2e3r4t5y6 qawsedrftg
    qazqazqaz1 qazwsx1234 qazwsx12345 qazwsx123456 qazxswedcvfr qpalzm1234 qwaszx1234 qwe123asd123 qwe123qwe123
    qweasd1234 qweasdzxc1 qweasdzxc123 qweqweqwe1 qwer1234qwer qwer123456 qwerasdf1234 qwerasdfzxcv qwert12345
    qwerty1234 qwerty12345 qwerty123456 qwerty123456789 qwerty12345678 qwerty1q2w qwertyqwerty rangers123 realmadrid
    realmadrid1 remember12 robinhood1 rockandroll rockstar12 rolltide12 rootroot12 rush211212 sandiego12
    sanfrancisco scoobydoo1 scoobydoo2 sexsexsex1 shakespeare skateboard skateboard1 skywalker1 snowboard1
    something1 southside13 spiderman12 spongebob1 springbreak starcraft2 starwars12 starwars123 strawberry
    strawberry1 sunshine12 sunshine123 superman12 superman123 superpassword supersecret sweetheart sweetheart1
    sweetpea12 swordfish1 temp123456 temporary1 temppassword test123456 test1234567 testpassword test1234test
    thisisapassword thisismypassword thunderbird tinkerbell1 tomandjerry tottenham1 trustno1trustno1 trustnoone
    trustno1234 undertaker1 unbelievable universal1 universidad valentine1 veronica12 volkswagen volkswagen1
    volleyball volleyball1 wachtwoord1 warcraft12 washington welcome123 welcome1234 welcome12345 westham123
    whatthefuck wolverine1 worldofwarcraft wrestling1 www.google.com yankees123 youandme12 yourmother
    youarebeautiful zaq12wsx12 zaq12wsxcde3 zaq1xsw2cde3 zxcvbnm123 zxcvbnm1234 zxcvbnm12345 zxcvbnm123456
    zaq1zaq1zaq1
    """.split()
)
