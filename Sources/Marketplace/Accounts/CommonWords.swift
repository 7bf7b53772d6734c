/// Words that people build passwords from: what lists of leaked passwords are full of, in no order, without digits.
enum CommonWords {
    static let all: Set<String> = Set(
        """
        password passwort passwd pass passcode passphrase motdepasse contrasena senha parola haslo heslo wachtwoord salasana
        secret private access enter login logon signin welcome hello hallo hola bonjour letmein open sesame opensesame
        changeme change default temp temporary guest user username admin administrator root superuser sysadmin manager
        support service system server oracle mysql postgres database cisco windows microsoft linux ubuntu apple macintosh
        iphone android samsung nokia google facebook twitter instagram youtube amazon netflix spotify internet computer
        laptop desktop keyboard monitor network wireless wifi hacker hack matrix test testing tester demo sample example
        dummy nothing whatever something anything blank none null undefined foobar foo bar
        qwerty qwertz azerty asdf asdfgh zxcv zxcvbn qazwsx wsxedc
        iloveyou loveyou lovely love lover loveme mylove babe baby babygirl babyboy honey sweet sweetie sweety darling angel
        angels heaven hell devil demon satan jesus christ god lord faith hope grace bless blessed praise prayer trust trustno
        family mother mommy mummy mama father daddy papa sister brother friend friends friendship forever together always
        happy smile smiley sunshine sunny sunset summer winter spring autumn fall january february march april may june july
        august september october november december monday tuesday wednesday thursday friday saturday sunday birthday
        christmas easter halloween holiday freedom peace liberty justice america american canada england london paris berlin
        madrid milano roma italia france germany deutschland espana brasil mexico russia moscow china india tokyo newyork
        boston chicago dallas texas florida california arizona denver phoenix austin seattle toronto sydney melbourne
        dragon monkey shadow master tiger lion bear wolf eagle falcon hawk raven cobra snake panther jaguar puma cheetah
        dolphin shark whale fish turtle rabbit bunny horse pony cow pig chicken rooster duck goose bird birdie kitty kitten
        cat cats dog dogs doggy puppy doggie butterfly spider scorpion monster beast dinosaur unicorn phoenix pegasus
        football soccer baseball basketball hockey golf tennis rugby cricket boxing racing ferrari porsche lamborghini
        mercedes mustang camaro corvette chevy chevrolet toyota honda yamaha suzuki kawasaki harley davidson subaru nissan
        audi bmw ford jeep truck ranger hunter fisher fishing player gamer gaming game games poker casino winner champion
        legend killer hitman ninja samurai warrior soldier knight wizard merlin gandalf frodo hobbit pokemon pikachu naruto
        goku sonic mario zelda nintendo playstation xbox minecraft fortnite roblox starwars startrek vader skywalker yoda
        jedi batman superman spiderman ironman hulk wolverine superstar star stars rockstar rock music guitar drummer piano
        metallica nirvana slipknot eminem beatles elvis rolling queen king prince princess duke barbie cinderella tinkerbell
        mickey minnie snoopy scooby garfield simpson homer bart cartman kermit
        cheese cookie cookies chocolate candy sugar cherry apple banana orange peach strawberry lemon coconut pepper ginger
        butter bacon burger pizza coffee whiskey vodka beer tequila cocacola pepsi
        red blue green black white purple pink yellow silver gold golden diamond crystal ruby emerald flower rose lily daisy
        jasmine violet garden ocean river mountain forest storm thunder lightning rain rainbow snow snowball fire flame ice
        earth moon moonlight midnight night sun water wind sky space galaxy planet
        money cash rich millionaire million dollar euro bitcoin ethereum crypto wallet trading trader trade invest investor
        profit bank banking stock market business boss office worker school student teacher college university
        power strong energy magic mystic lucky luck chance dream dreams dreamer destiny fantasy mystery wonder
        cool awesome super great perfect beautiful pretty cutie sexy hottie hot fuck fucker fuckyou fuckoff shit bitch
        asshole pussy dick cock penis sex xxx porn boobs naked
        michael jennifer jessica ashley amanda daniel david robert john james william joseph thomas charles christopher
        matthew anthony mark donald steven steve paul andrew joshua kenneth kevin brian george edward ronald timothy jason
        jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank
        alexander alex raymond patrick jack dennis jerry tyler aaron jose adam henry nathan peter zachary kyle walter harold
        mary patricia linda barbara elizabeth susan margaret lisa nancy betty sandra donna carol ruth sharon michelle laura
        sarah kimberly deborah stephanie rebecca cynthia kathleen amy shirley angela helen anna brenda pamela nicole emma
        samantha katherine christine debra rachel carolyn janet maria heather diane julie joyce victoria kelly christina
        lauren joan evelyn olivia judith megan cheryl andrea hannah jacqueline martha gloria teresa sara madison frances
        kathryn janice jean abigail alice julia judy sophia isabella natalie natasha tatiana olga vladimir ivan boris sergey
        muhammad mohammed ahmed ali fatima carlos juan antonio miguel pedro luis diego roberto fernando alejandro ricardo
        liverpool chelsea arsenal manchester united barcelona realmadrid juventus bayern dortmund celtic rangers yankees
        redsox lakers bulls cowboys steelers packers raiders eagles patriots broncos dolphins giants
        correct battery staple correcthorsebatterystaple tobeornottobe maytheforcebewithyou thequickbrownfox
        tradecraft skills studio backtest
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
